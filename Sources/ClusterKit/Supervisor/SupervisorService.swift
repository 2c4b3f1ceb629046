// The supervisor's socket: turns frames into requests. Runs on the supervisor's event loop.
// Messages: Protocols/Messages.md.

import Transport
import Wire

final class SupervisorService: FrameService {
    private let supervisor: Supervisor

    init(_ supervisor: Supervisor) { self.supervisor = supervisor }

    func connected(_ connection: ServerConnection) {
        supervisor.assumeIsolated { $0.connected(connection) }
    }

    func received(_ batch: [Frame], on connection: ServerConnection) {
        supervisor.assumeIsolated { supervisor in
            for frame in batch { supervisor.received(frame, on: connection) }
        }
    }

    func disconnected(_ connection: ServerConnection) {
        supervisor.assumeIsolated { $0.disconnected(connection) }
    }
}
