import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Runtime

@Suite struct LoopTicksTests {
    private struct Seen {
        var written = 0
        var read = 0
        var rounds = 0
        /// Rounds that began before all that had been written was read.
        var unread = 0
    }

    private final class Counter: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let state: State

        init(_ state: State) { self.state = state }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let count = unwrapInboundIn(data).readableBytes
            state.seen.withLock { $0.read += count }
        }
    }

    private final class State: Sendable {
        let seen = Mutex(Seen())
        let ticks: LoopTicks
        let done: EventLoopPromise<Void>
        let loop: any EventLoop
        let handle: Int32
        static let rounds = 100

        init(_ loop: any EventLoop, _ handle: Int32, _ ticks: LoopTicks) {
            self.loop = loop
            self.ticks = ticks
            self.handle = handle
            done = loop.makePromise()
        }

        /// Writes a byte to the other end and asks to be called again, as long as tasks take the loop's time.
        func round() {
            let left = seen.withLock { seen in
                if seen.read < seen.written { seen.unread += 1 }
                seen.rounds += 1
                return Self.rounds - seen.rounds
            }
            guard left > 0 else { return done.succeed() }
            var byte: UInt8 = 1
            if write(handle, &byte, 1) == 1 { seen.withLock { $0.written += 1 } }
            ticks.afterReading(on: loop) { self.round() }
            for _ in 0..<3 { loop.execute { Self.work() } }
        }

        private static func work() {
            let end = NIODeadline.now() + .microseconds(100)
            while .now() < end {}
        }
    }

    @Test("work after a reading finds everything read that was there before, however busy the loop is")
    func socketsAreReadBetweenTwoRounds() async throws {
        var ends: [Int32] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { close(ends[1]) }
        let ticks = LoopTicks()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1, metricsDelegate: ticks)
        let state = State(group.next(), ends[1], ticks)
        let channel = try await ClientBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Counter(state))
                }
            }
            .withConnectedSocket(ends[0]).get()
        group.next().execute { state.round() }
        try await state.done.futureResult.get()
        let seen = state.seen.withLock { $0 }
        #expect(seen.rounds == State.rounds)
        #expect(seen.written == State.rounds - 1)
        #expect(seen.unread == 0)
        try await channel.close().get()
        try await group.shutdownGracefully()
    }

    @Test("what several ask for runs once, in order")
    func allThatWasAskedForRunsOnce() async throws {
        let ticks = LoopTicks()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1, metricsDelegate: ticks)
        let loop = group.next()
        let ran = Mutex<[String]>([])
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            loop.execute {
                ticks.afterReading(on: loop) { ran.withLock { $0.append("first") } }
                ticks.afterReading(on: loop) {
                    ran.withLock { $0.append("second") }
                    done.resume()
                }
            }
        }
        #expect(ran.withLock { $0 } == ["first", "second"])
        try await group.shutdownGracefully()
    }
}
