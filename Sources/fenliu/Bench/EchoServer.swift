// The limit of the transport: the product's own server, with a service that gives every payload back.

import ArgumentParser
import Foundation
import Logging
import NIOPosix
import Transport
import Wire

struct BenchEcho: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-echo", abstract: "Gives frames back, for fenliu bench.", shouldDisplay: false)

    @Option var socket: String

    func run() async throws {
        ignoreSIGPIPE()
        let server = try await FrameServer.start(
            at: .unix(path: socket), on: MultiThreadedEventLoopGroup(numberOfThreads: 1),
            identity: PeerIdentity(role: .router, name: "echo", pid: ProcessInfo.processInfo.processIdentifier),
            service: EchoService(), logger: Logger(label: "fenliu.bench-echo"))
        say("ready")
        // Until the bench ends it.
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3_600)) }
        await server.stop()
    }
}

private final class EchoService: FrameService {
    func connected(_ connection: ServerConnection) {}

    func received(_ batch: [Frame], on connection: ServerConnection) {
        for frame in batch where frame.kind == .request {
            frame.payload.withUnsafeBytes { connection.reply(frame.id, $0) }
        }
    }

    func disconnected(_ connection: ServerConnection) {}
}
