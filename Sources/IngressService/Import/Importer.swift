// Reads an archive line by line as it arrives and gives each line to the shop's desk, a bounded number at a time and
// in order. Lines are commands that change nothing when they are given again, so a second run of the same file does.

import Domain
import Hummingbird
import Wire

struct Importer {
    private let call: Call
    private let tally: ImportTally
    private let window: ImportWindow
    private let textLimit: Int
    private let lineLimit: Int

    init(call: Call) {
        self.call = call
        let settings = call.edge.settings
        tally = ImportTally(namedLimit: settings.importNamedLines)
        window = ImportWindow(limit: settings.importWindow)
        textLimit = settings.textLimit
        lineLimit = settings.importLineLimit
    }

    /// Reads to the end, or until the cluster cannot take a line: then the answer names that line, and the same file
    /// can be sent again.
    func run() async throws -> Reply {
        let shop = try call.shop()
        _ = try await call.ask(.shop)
        var splitter = LineSplitter(limit: lineLimit)
        var number = 0
        do {
            for try await buffer in call.body {
                for line in splitter.feed(buffer.readableBytesView) {
                    number += 1
                    await take(line, number: number, shop: shop)
                }
                if tally.failure != nil { break }
            }
            if tally.failure == nil, let line = splitter.finish() {
                await take(line, number: number + 1, shop: shop)
            }
        } catch {
            await window.drained()
            throw error
        }
        await window.drained()
        if let failure = tally.failure {
            var problem = failure.problem
            problem.detail =
                "Line \(failure.line): \(problem.detail) What came before may be done; send the file again."
            throw problem
        }
        return tally.reply()
    }

    private func take(_ line: LineSplitter.Line, number: Int, shop: ShopID) async {
        guard case .text(let bytes) = line else {
            return tally.bad(line: number, kind: nil, .bodyTooLarge(limit: lineLimit))
        }
        if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }) { return }
        var kind: ImportKind?
        let read: ImportLine
        do throws(Problem) {
            read = try ImportLine.read(bytes, kind: &kind, textLimit: textLimit, now: call.now)
        } catch {
            return tally.bad(line: number, kind: kind, error)
        }
        await window.enter()
        let command = ShopCommand(shop: shop, at: call.now, command: read.command)
        call.edge.desks.submit(command) { [tally, window] result in
            switch result {
            case .success(let answer): tally.done(read.kind, changed: answer.changed)
            case .failure(.refused(let refusal)):
                tally.bad(line: number, kind: read.kind, Problem(refusal, places: read.places))
            case .failure(.failed(let fault)): tally.failed(line: number, Problem(fault))
            }
            window.leave()
        }
    }
}
