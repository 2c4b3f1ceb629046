// Where the sockets lie: `run/` of the data directory. The address of a socket has room for 107 bytes, so for a long
// path `run` is a symbolic link to a short directory, which every command of the cluster follows.
// Only its owner may enter it (0700).

import Foundation

public struct RunDirectory: Sendable {
    /// Longest name of a socket, slash included.
    static let room = 26
    /// `sun_path` less its NUL.
    static let longest = 107

    public let path: String

    public func socket(_ name: String) -> String { "\(path)/\(name).sock" }
    public var supervisor: String { socket("supervisor") }

    /// Finds the run directory of a data directory; makes nothing.
    public init(of data: DataDirectory) {
        let plain = data.path + "/run"
        var target = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let length = readlink(plain, &target, Int(PATH_MAX))
        path = length > 0 ? String(decoding: target[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self) : plain
    }

    /// Makes it, and checks that nobody else may enter. Throws `.data`.
    public init(making data: DataDirectory, environment: [String: String]) throws(ClusterFault) {
        let plain = data.path + "/run"
        if plain.utf8.count + Self.room <= Self.longest {
            var about = stat()
            if lstat(plain, &about) == 0, about.st_mode & S_IFMT == S_IFLNK { unlink(plain) }
            try Self.make(plain)
            path = plain
            return
        }
        let short = Self.short(for: data.path, environment: environment)
        guard short.utf8.count + Self.room <= Self.longest else {
            throw ClusterFault(.data, "\(short): too long for a socket's address")
        }
        try Self.make(short)
        try Self.link(plain, to: short)
        path = short
    }

    private static func short(for data: String, environment: [String: String]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in data.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let name = String(hash, radix: 16)
        if let base = environment["XDG_RUNTIME_DIR"], base.hasPrefix("/"), access(base, W_OK | X_OK) == 0,
            base.utf8.count + name.utf8.count + 8 + room <= longest
        {
            return "\(base)/fenliu-\(name)"
        }
        return "/tmp/fenliu-\(getuid())-\(name)"
    }

    private static func make(_ path: String) throws(ClusterFault) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw DurableFile.fault(path) }
        var about = stat()
        guard lstat(path, &about) == 0 else { throw DurableFile.fault(path) }
        guard about.st_mode & S_IFMT == S_IFDIR, about.st_uid == geteuid() else {
            throw ClusterFault(.data, "\(path): is not this user's own directory")
        }
        guard about.st_mode & 0o077 == 0 || chmod(path, 0o700) == 0 else { throw DurableFile.fault(path) }
    }

    private static func link(_ plain: String, to target: String) throws(ClusterFault) {
        var about = stat()
        if lstat(plain, &about) == 0, about.st_mode & S_IFMT == S_IFDIR { rmdir(plain) } else { unlink(plain) }
        guard symlink(target, plain) == 0 else { throw DurableFile.fault(plain) }
    }
}
