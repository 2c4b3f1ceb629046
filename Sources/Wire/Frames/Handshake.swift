// How two processes agree on a version before anything else is said. Pure: the transport carries the frames and does
// what the result says. Course: Protocols/Frame.md, "Handshake".

public enum ProtocolVersion {
    /// Oldest and newest that this build speaks; independent of the release.
    public static let supported: ClosedRange<UInt32> = 1...1
}

public struct Hello: Hashable, Codable, Sendable {
    /// "FNLU" read as a little-endian number.
    public static let magic: UInt32 = 0x554c_4e46

    public var magic: UInt32
    public var oldest: UInt32
    public var newest: UInt32
    public var role: Role
    public var name: String
    public var pid: Int32

    public init(identity: PeerIdentity, versions: ClosedRange<UInt32> = ProtocolVersion.supported) {
        magic = Self.magic
        oldest = versions.lowerBound
        newest = versions.upperBound
        role = identity.role
        name = identity.name
        pid = identity.pid
    }

    enum CodingKeys: Int, CodingKey {
        case magic = 1
        case oldest = 2
        case newest = 3
        case role = 4
        case name = 5
        case pid = 6
    }
}

public struct Welcome: Hashable, Codable, Sendable {
    /// The newest version that both speak.
    public var version: UInt32
    public var role: Role
    public var name: String
    public var pid: Int32

    public init(version: UInt32, identity: PeerIdentity) {
        self.version = version
        role = identity.role
        name = identity.name
        pid = identity.pid
    }

    enum CodingKeys: Int, CodingKey {
        case version = 1
        case role = 2
        case name = 3
        case pid = 4
    }
}

public struct Reject: Error, Hashable, Codable, Sendable {
    public var reason: String
    public var oldest: UInt32
    public var newest: UInt32

    public init(reason: String, versions: ClosedRange<UInt32> = ProtocolVersion.supported) {
        self.reason = reason
        oldest = versions.lowerBound
        newest = versions.upperBound
    }

    enum CodingKeys: Int, CodingKey {
        case reason = 1
        case oldest = 2
        case newest = 3
    }
}

/// Who speaks.
public struct PeerIdentity: Hashable, Sendable {
    public var role: Role
    /// 1…64 bytes.
    public var name: String
    public var pid: Int32

    public init(role: Role, name: String, pid: Int32) {
        self.role = role
        self.name = name
        self.pid = pid
    }
}

/// The server's side. One frame decides.
public struct ServerHandshake: Sendable {
    public enum Result: Hashable, Sendable {
        /// Send this; the connection is open.
        case welcome(Frame, peer: PeerIdentity, version: UInt32)
        /// Send this and close.
        case reject(Frame, reason: String)
        /// Not this protocol: close without a word.
        case drop(reason: String)
    }

    private let identity: PeerIdentity
    private let versions: ClosedRange<UInt32>

    public init(identity: PeerIdentity, versions: ClosedRange<UInt32> = ProtocolVersion.supported) {
        self.identity = identity
        self.versions = versions
    }

    public func receive(_ frame: Frame) -> Result {
        guard frame.kind == .hello else { return .drop(reason: "\(frame.kind) before hello") }
        guard let hello = try? BinaryDecoder().decode(Hello.self, from: frame.payload) else {
            return .drop(reason: "a hello that cannot be read")
        }
        guard hello.magic == Hello.magic else { return .drop(reason: "not this protocol") }
        guard hello.oldest <= hello.newest else { return .drop(reason: "a range of versions that is empty") }
        guard !hello.name.isEmpty, hello.name.utf8.count <= 64 else {
            return reject("a name has 1 to 64 bytes")
        }
        let version = min(hello.newest, versions.upperBound)
        guard version >= hello.oldest, version >= versions.lowerBound else {
            return reject(
                "speaks versions \(hello.oldest) to \(hello.newest), this end \(versions.lowerBound) to "
                    + "\(versions.upperBound)")
        }
        let peer = PeerIdentity(role: hello.role, name: hello.name, pid: hello.pid)
        return .welcome(
            .handshake(.welcome, Welcome(version: version, identity: identity)), peer: peer, version: version)
    }

    private func reject(_ reason: String) -> Result {
        .reject(.handshake(.reject, Reject(reason: reason, versions: versions)), reason: reason)
    }
}

/// The client's side: send `hello`, then one frame decides.
public struct ClientHandshake: Sendable {
    public enum Result: Hashable, Sendable {
        case open(peer: PeerIdentity, version: UInt32)
        /// Close. Trying again helps only if the reason goes away.
        case rejected(reason: String)
        case drop(reason: String)
    }

    private let identity: PeerIdentity
    private let versions: ClosedRange<UInt32>

    public init(identity: PeerIdentity, versions: ClosedRange<UInt32> = ProtocolVersion.supported) {
        self.identity = identity
        self.versions = versions
    }

    public var hello: Frame { .handshake(.hello, Hello(identity: identity, versions: versions)) }

    public func receive(_ frame: Frame) -> Result {
        switch frame.kind {
        case .welcome:
            guard let welcome = try? BinaryDecoder().decode(Welcome.self, from: frame.payload) else {
                return .drop(reason: "a welcome that cannot be read")
            }
            guard versions.contains(welcome.version) else {
                return .drop(reason: "welcomed to version \(welcome.version), which was not offered")
            }
            return .open(
                peer: PeerIdentity(role: welcome.role, name: welcome.name, pid: welcome.pid), version: welcome.version)
        case .reject:
            let reject = try? BinaryDecoder().decode(Reject.self, from: frame.payload)
            return .rejected(reason: reject?.reason ?? "no reason given")
        default:
            return .drop(reason: "\(frame.kind) before welcome")
        }
    }
}

extension Frame {
    static func handshake(_ kind: FrameKind, _ body: some Encodable) -> Frame {
        var writer = ByteWriter()
        do {
            try BinaryEncoder().encode(body, into: &writer)
        } catch {
            preconditionFailure("\(type(of: body)) has no coding: \(error)")
        }
        return Frame(kind, payload: writer.bytes[...])
    }
}
