// Small files that are replaced whole and survive a power cut: written beside, synced, renamed, the folder synced.

import Foundation

enum DurableFile {
    /// Replaces `path` by `bytes`; readers see the old or the new content, never a part.
    static func replace(_ path: String, with bytes: [UInt8], mode: mode_t = 0o600) throws(ClusterFault) {
        let draft = "\(path).\(getpid()).draft"
        let file = open(draft, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, mode)
        guard file >= 0 else { throw fault(draft) }
        var written = fchmod(file, mode) == 0
        var rest = bytes[...]
        while written, !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            written = count > 0
            rest = rest.dropFirst(max(count, 0))
        }
        written = written && fsync(file) == 0
        let reason = errno
        close(file)
        guard written, rename(draft, path) == 0 else {
            let failure = written ? errno : reason
            unlink(draft)
            throw ClusterFault(.data, "\(path): \(words(failure))")
        }
        try syncFolder(of: path)
    }

    /// The content, nil if there is no such file. At most `limit` bytes.
    static func read(_ path: String, limit: Int = 1 << 20) throws(ClusterFault) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        if file < 0 {
            if errno == ENOENT { return nil }
            throw fault(path)
        }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw fault(path) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            if bytes.count > limit { throw ClusterFault(.data, "\(path): larger than \(limit) bytes") }
        }
    }

    static func syncFolder(of path: String) throws(ClusterFault) {
        let folder = (path as NSString).deletingLastPathComponent
        let file = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { throw fault(folder) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw fault(folder) }
    }

    static func fault(_ path: String) -> ClusterFault { ClusterFault(.data, "\(path): \(words(errno))") }
    static func words(_ number: Int32) -> String { String(cString: strerror(number)) }
}
