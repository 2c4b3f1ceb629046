import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A socket in the file system, known by its inode: whoever took the path over has another one.
struct SocketFile: Sendable {
    let path: String
    private let device: UInt64
    private let inode: UInt64

    /// A socket bound to the path, not listening yet. A socket that is there already is taken over; any other file is
    /// an error.
    static func bind(_ path: String) throws(IOError) -> (socket: NIOBSDSocket.Handle, file: SocketFile) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < room else { throw IOError(errnoCode: ENAMETOOLONG, reason: path) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        var about = stat()
        if lstat(path, &about) == 0, about.st_mode & S_IFMT == S_IFSOCK { unlink(path) }
        #if canImport(Glibc)
            let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        #else
            let type = SOCK_STREAM
        #endif
        let socket = socket(AF_UNIX, type, 0)
        guard socket >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bindSocket(socket, $0, size) }
        }
        guard bound == 0, lstat(path, &about) == 0 else {
            let fault = IOError(errnoCode: errno, reason: path)
            close(socket)
            throw fault
        }
        return (socket, SocketFile(path: path, device: UInt64(about.st_dev), inode: UInt64(about.st_ino)))
    }

    private init(path: String, device: UInt64, inode: UInt64) {
        self.path = path
        self.device = device
        self.inode = inode
    }

    /// Does nothing if the path is another's now, or nobody's.
    func remove() {
        var about = stat()
        guard lstat(path, &about) == 0, UInt64(about.st_dev) == device, UInt64(about.st_ino) == inode else { return }
        unlink(path)
    }
}

/// `bind` of the system, which a static function of that name hides.
private func bindSocket(_ socket: Int32, _ address: UnsafePointer<sockaddr>, _ size: socklen_t) -> Int32 {
    bind(socket, address, size)
}
