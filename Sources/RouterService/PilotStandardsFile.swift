// MEM-2: the platform's own table of pilot standards, `pilot-standards.json` in the data directory; without it those that
// ship are in force. Read at a router's start: all routers of a cluster have to be started anew after a change.

import Domain
import Foundation

public enum PilotStandardsFile {
    public static let name = "pilot-standards.json"
    /// Most standards in it.
    static let most = 1_000

    public struct Fault: Error, CustomStringConvertible, Equatable {
        public var description: String
    }

    /// Nil if there is no such file. Throws with the file and what is wrong in it.
    public static func read(_ data: String) throws -> [PilotStandard]? {
        let path = "\(data)/\(name)"
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let standards: [PilotStandard]
        do {
            standards = try JSONDecoder().decode(
                [PilotStandard].self, from: try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw Fault(description: "\(path): must be a list of {name, memberPriorityLevel?}: \(error)")
        }
        guard standards.count <= most else { throw Fault(description: "\(path): must have at most \(most) standards") }
        for (index, standard) in standards.enumerated() {
            guard (1...IdentifierLimit.bytes).contains(standard.name.utf8.count) else {
                throw Fault(
                    description: "\(path): /\(index)/name must have 1 to \(IdentifierLimit.bytes) bytes")
            }
            guard standard.memberPriorityLevel.map((1...100).contains) ?? true else {
                throw Fault(description: "\(path): /\(index)/memberPriorityLevel must be 1 to 100")
            }
        }
        guard Set(standards.map(\.name)).count == standards.count else {
            throw Fault(description: "\(path): names must differ")
        }
        return standards
    }
}
