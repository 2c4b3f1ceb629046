import Foundation

/// A folder of one test, gone with it.
final class Scratch {
    let path: String

    init() throws {
        var template = Array("/tmp/fl-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw POSIXError(.EIO) }
        path = String(cString: made)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func mode(_ name: String) -> mode_t? {
        var about = stat()
        return lstat("\(path)/\(name)", &about) == 0 ? about.st_mode & 0o777 : nil
    }

    func write(_ text: String, to name: String, mode: mode_t = 0o600) throws {
        try text.write(toFile: "\(path)/\(name)", atomically: false, encoding: .utf8)
        chmod("\(path)/\(name)", mode)
    }
}
