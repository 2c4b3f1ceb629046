// The ID of a message and the stamp of its `POST` (I9). IDs are the shop's: of the messages that name their own, two
// never have the same one, whoever sends them (409). A key without an ID is its sender's own; then the message of
// anyone but the shop itself gets a fresh ID, and the same key again gives the first answer with that ID.

import Domain
import Wire

struct MessageStamp {
    let id: MessageID
    let stamp: CommandStamp

    /// `key` is the header's, else the body's `id`, else a fresh one. `fingerprint` is asked once, for an account.
    init(
        id: MessageID?, key: String, principal: Principal?, fresh: () -> String,
        fingerprint: (_ account: String) -> UInt64
    ) {
        if let id {
            self.id = id
            stamp = CommandStamp(
                id: Principal.shopwide(key), fingerprint: fingerprint(principal?.account ?? ""))
        } else {
            self.id = MessageID(rawValue: principal?.actsForAll ?? true ? key : fresh())
            stamp = CommandStamp(
                id: principal?.scoped(key) ?? CommandID(rawValue: key), fingerprint: fingerprint(""))
        }
    }
}
