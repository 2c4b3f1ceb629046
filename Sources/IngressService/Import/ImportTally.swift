import Journal
import Synchronization

/// What came of the lines so far. Lines end in any order.
final class ImportTally: Sendable {
    struct Bad {
        var line: Int
        var kind: ImportKind?
        var problem: Problem
    }

    struct Count: Equatable {
        var lines = 0
        var changed = 0
        var unchanged = 0
        var bad = 0
    }

    private struct State {
        var counts = [Count](repeating: Count(), count: ImportKind.allCases.count)
        var lines = 0
        var badTotal = 0
        var named: [Bad] = []
        /// The cluster could not take a line; the import ends.
        var failure: (line: Int, problem: Problem)?
    }

    private let namedLimit: Int
    private let state = Mutex(State())

    init(namedLimit: Int) {
        self.namedLimit = namedLimit
    }

    var failure: (line: Int, problem: Problem)? { state.withLock { $0.failure } }

    func done(_ kind: ImportKind, changed: Bool) {
        state.withLock { state in
            state.lines += 1
            state.counts[kind.rawValue].lines += 1
            if changed {
                state.counts[kind.rawValue].changed += 1
            } else {
                state.counts[kind.rawValue].unchanged += 1
            }
        }
    }

    func bad(line: Int, kind: ImportKind?, _ problem: Problem) {
        state.withLock { state in
            state.lines += 1
            state.badTotal += 1
            if let kind {
                state.counts[kind.rawValue].lines += 1
                state.counts[kind.rawValue].bad += 1
            }
            if state.named.count < namedLimit { state.named.append(Bad(line: line, kind: kind, problem: problem)) }
        }
    }

    func failed(line: Int, _ problem: Problem) {
        state.withLock { state in
            if let before = state.failure, before.line <= line { return }
            state.failure = (line, problem)
        }
    }

    func reply() -> Reply {
        let (lines, counts, badTotal, named) = state.withLock { state in
            (state.lines, state.counts, state.badTotal, state.named.sorted { $0.line < $1.line })
        }
        return .json { json in
            json.field("lines", lines)
            json.field(
                "kinds",
                object: { json in
                    json.field("buyer", object: { $0.count(counts[ImportKind.buyer.rawValue]) })
                    json.field("order", object: { $0.count(counts[ImportKind.order.rawValue]) })
                    json.field("interest", object: { $0.count(counts[ImportKind.interest.rawValue]) })
                    json.field("message", object: { $0.count(counts[ImportKind.message.rawValue]) })
                })
            json.field("badTotal", badTotal)
            json.field("bad", list: named) { json, bad in
                json.object { json in
                    json.field("line", bad.line)
                    if let kind = bad.kind { json.field("kind", kind) }
                    json.field("code", bad.problem.code)
                    json.field("detail", bad.problem.detail)
                    json.field("pointer", bad.problem.faults.first?.pointer)
                }
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func count(_ count: ImportTally.Count) {
        field("lines", count.lines)
        field("changed", count.changed)
        field("unchanged", count.unchanged)
        field("bad", count.bad)
    }
}
