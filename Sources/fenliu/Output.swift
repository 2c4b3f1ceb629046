import Foundation

/// One line on standard output, at once. A reader that is gone is no error.
func say(_ line: String) { try? FileHandle.standardOutput.write(contentsOf: Data("\(line)\n".utf8)) }

/// One line on standard error.
func complain(_ line: String) { try? FileHandle.standardError.write(contentsOf: Data("fenliu: \(line)\n".utf8)) }
