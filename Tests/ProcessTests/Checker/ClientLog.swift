/// What a client was told. Written by the load's clients, read by the checker; neither shares code with the servers.
struct ClientLog: Sendable {
    /// A buyer's message that was acknowledged.
    struct Message: Sendable {
        var shop: String
        var client: Int
        /// Rises with each message that the client sent; it sends one after the other.
        var number: Int
        var id: String
        var session: String
        /// `agent:a`, `queue`, `pool`, `bot`.
        var handler: String
    }

    /// A reply of an agent that was acknowledged.
    struct Reply: Sendable {
        var shop: String
        var id: String
        var session: String
    }

    var messages: [Message] = []
    var replies: [Reply] = []
    /// What a client itself saw go wrong: another answer under the same ID, an answer that it did not ask for.
    var complaints: [String] = []
}
