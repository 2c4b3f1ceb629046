// `cluster.json`: who runs, for people and programs on this machine. It is there while the cluster is, and holds an
// operator's token, so only its owner may read it.

import Foundation
import Wire

public struct ClusterFile: Codable, Sendable, Equatable {
    public struct Process: Codable, Sendable, Equatable {
        public var name: String
        public var role: String
        public var pid: Int32
        /// Null for a process that listens on none.
        public var socket: String?

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(name, forKey: .name)
            try container.encode(role, forKey: .role)
            try container.encode(pid, forKey: .pid)
            try container.encode(socket, forKey: .socket)
        }
    }

    public var url: String
    public var operatorToken: String
    public var processes: [Process]

    public init(url: String, operatorToken: String, status: ClusterStatus) {
        self.url = url
        self.operatorToken = operatorToken
        processes = status.processes.map {
            Process(name: $0.name, role: $0.role.name, pid: $0.pid, socket: $0.socket)
        }
    }

    public func write(to path: String) throws(ClusterFault) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            let bytes = try encoder.encode(self)
            try DurableFile.replace(path, with: [UInt8](bytes) + [0x0a])
        } catch let fault as ClusterFault {
            throw fault
        } catch {
            throw ClusterFault(.data, "\(path): \(error)")
        }
    }

    /// Throws `.notRunning` if there is none.
    public static func read(_ directory: DataDirectory) throws(ClusterFault) -> ClusterFile {
        guard let bytes = try DurableFile.read(directory.clusterFile) else {
            throw ClusterFault(
                .notRunning, "\(directory.path): no cluster runs on this data directory (or it is still starting)")
        }
        do {
            return try JSONDecoder().decode(ClusterFile.self, from: Data(bytes))
        } catch {
            throw ClusterFault(.data, "\(directory.clusterFile): \(error)")
        }
    }
}
