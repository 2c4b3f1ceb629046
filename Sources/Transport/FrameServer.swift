// Listens, and gives each connection of one's own user to a service. Who may connect to a Unix-domain socket is decided
// by its directory's mode and, once more, by the peer's user ID.

import Logging
import NIOCore
import NIOPosix
import Synchronization
import Wire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

public final class FrameServer: Sendable {
    private struct State {
        var connections: [ObjectIdentifier: ServerConnection] = [:]
        var stopping = false
        var emptied: [CheckedContinuation<Void, Never>] = []
    }

    private let listener: any Channel
    /// The socket file that this server made; nil on TCP.
    private let file: SocketFile?
    private let settings: FrameServerSettings
    private let state: StateBox

    private final class StateBox: Sendable {
        let value = Mutex(State())
    }

    /// Where it listens; a TCP port 0 is the real one here.
    public let address: WireAddress

    private init(
        listener: any Channel, file: SocketFile?, address: WireAddress, settings: FrameServerSettings, state: StateBox
    ) {
        self.listener = listener
        self.file = file
        self.address = address
        self.settings = settings
        self.state = state
    }

    /// Binds and listens. A socket file that is already there is taken over: its owner must be gone.
    public static func start(
        at address: WireAddress, on group: any EventLoopGroup, identity: PeerIdentity, service: any FrameService,
        settings: FrameServerSettings = .init(), logger: Logger
    ) async throws -> FrameServer {
        let state = StateBox()
        let handshake = ServerHandshake(identity: identity)
        let checksUser = if case .unix = address { true } else { false }
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: settings.backlog)
            .childChannelOption(.maxMessagesPerRead, value: 8)
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 2_048, initial: 16_384, maximum: 131_072)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if checksUser { try requireOwnUser(channel) }
                    let connection = ServerConnection(
                        channel: channel, service: service, handshake: handshake, settings: settings, logger: logger)
                    let handler = ServerHandler(
                        connection: connection, limits: settings.frames,
                        joined: { joined in
                            let stopping = state.value.withLock {
                                $0.connections[ObjectIdentifier(joined)] = joined
                                return $0.stopping
                            }
                            if stopping { joined.close() }
                        },
                        left: { left in
                            let waiting = state.value.withLock { state in
                                state.connections[ObjectIdentifier(left)] = nil
                                guard state.connections.isEmpty else { return [CheckedContinuation<Void, Never>]() }
                                defer { state.emptied = [] }
                                return state.emptied
                            }
                            for waiter in waiting { waiter.resume() }
                        })
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
        let listener: any Channel
        var bound = address
        var file: SocketFile?
        switch address {
        case .unix(let path):
            // NIO's own binding would remove the path on closing, whoever has it then.
            let (socket, made) = try SocketFile.bind(path)
            listener = try await bootstrap.withBoundSocket(socket).get()
            file = made
        case .tcp(let host, let port):
            listener =
                try await bootstrap
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .bind(host: host, port: port).get()
            bound = .tcp(host: host, port: listener.localAddress?.port ?? port)
        }
        return FrameServer(listener: listener, file: file, address: bound, settings: settings, state: state)
    }

    public var connections: Int { state.value.withLock { $0.connections.count } }

    /// Stops listening, answers what is in flight for at most `settings.drain`, then closes. Idempotent.
    public func stop() async {
        let first = state.value.withLock { state in
            defer { state.stopping = true }
            return !state.stopping
        }
        if first {
            file?.remove()
            try? await listener.close().get()
        }
        let open = state.value.withLock { Array($0.connections.values) }
        for connection in open {
            connection.eventLoop.execute { connection.drain() }
            connection.eventLoop.scheduleTask(in: settings.drain) { connection.close() }
        }
        await withCheckedContinuation { done in
            let empty = state.value.withLock { state in
                if !state.connections.isEmpty { state.emptied.append(done) }
                return state.connections.isEmpty
            }
            if empty { done.resume() }
        }
    }
}

#if os(Linux)
    /// `struct ucred` of unix(7).
    private struct PeerCredentials {
        var process: pid_t = 0
        var user: uid_t = .max
        var group: gid_t = .max
    }
#endif

/// The other end of a Unix-domain socket runs under another user.
struct OtherUser: Error {}

private func requireOwnUser(_ channel: any Channel) throws {
    #if os(Linux)
        let user = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
            socket -> uid_t? in
            var peer = PeerCredentials()
            var size = socklen_t(MemoryLayout<PeerCredentials>.size)
            guard getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 else { return nil }
            return peer.user
        }
    #else
        let user = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
            socket -> uid_t? in
            var user: uid_t = 0
            var group: gid_t = 0
            return getpeereid(socket, &user, &group) == 0 ? user : nil
        }
    #endif
    guard let user, user == geteuid() else { throw OtherUser() }
}
