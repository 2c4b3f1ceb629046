/// What is remembered of an imported message, so that it is known again (I9). Stands in rows: never change the hashes.
package struct ImportedMark: Hashable, Sendable {
    /// Of the message's ID.
    package var id: UInt64
    /// Of its time, agent and text; 0 if it is not known (rows of earlier releases).
    package var content: UInt64

    init(id: UInt64, content: UInt64) {
        self.id = id
        self.content = content
    }

    init(_ message: ImportMessage) {
        var id = StableHash()
        id.add(message.message.rawValue)
        var content = StableHash()
        content.add(message.at.millis)
        content.add(Int64(message.agent?.rawValue.utf8.count ?? -1))
        content.add(message.agent?.rawValue ?? "")
        content.add(message.text)
        self.init(id: id.value, content: max(1, content.value))
    }

    /// The same ID says something else now.
    func contradicts(_ held: ImportedMark) -> Bool { held.content != 0 && held.content != content }
}
