// What the agents of a played day do: who works on what, and until when. A pure value; Player tells it what the cluster
// decided and asks who is done next. An agent who is not offline takes the session that waits longest, works, and
// answers once; who goes offline drops the work in hand. The same tellings give the same work on any machine.

import Domain

struct ShopFloor: Sendable {
    struct Question: Sendable, Equatable {
        var message: String
        var at: Timestamp
        /// Seconds.
        var effort: Double
    }

    struct Conversation: Sendable {
        var buyer: BuyerID
        var handler: PlayHandler
        var givenAt: Timestamp
        /// The first message that no human has answered; nil while a bot has the session.
        var first: Question?
    }

    /// Work in hand.
    struct Work: Sendable, Equatable {
        var agent: AgentID
        var session: SessionID
        var question: Question
        var doneAt: Timestamp
    }

    private struct Worker: Sendable {
        var id: AgentID
        var pace: Double
        var presence = Presence.offline
        var freeAt = Timestamp.distantPast
        var work: Work?
        /// Sessions of this agent in which a message waits.
        var owed: Set<SessionID> = []
    }

    private var workers: [Worker]
    private var places: [AgentID: Int] = [:]
    private(set) var conversations: [SessionID: Conversation] = [:]
    private var sessions: [BuyerID: SessionID] = [:]
    private var lines: Set<SessionID> = []

    init(_ agents: [DayFile.Agent]) {
        workers = agents.sorted { $0.id < $1.id }.map { Worker(id: $0.id, pace: $0.pace) }
        for (place, worker) in workers.enumerated() { places[worker.id] = place }
    }

    // MARK: What is so

    func session(of buyer: BuyerID) -> SessionID? { sessions[buyer] }

    /// Sessions that nobody has yet, by number.
    var inLine: [SessionID] { lines.sorted() }

    /// Somebody could have been given a session that waited in line, and would start on it.
    var expectsFromLine: Bool {
        !lines.isEmpty && workers.contains { $0.presence == .online }
            && workers.contains { $0.presence != .offline && $0.work == nil }
    }

    /// The work that is done first; of several the one of the lower agent ID.
    var nextDone: Work? {
        workers.compactMap(\.work).min { ($0.doneAt, $0.agent) < ($1.doneAt, $1.agent) }
    }

    // MARK: What happens

    mutating func setPresence(_ agent: AgentID, _ state: Presence, at now: Timestamp) {
        guard let place = places[agent] else { return }
        if workers[place].presence == .offline, state != .offline { workers[place].freeAt = now }
        if state == .offline { workers[place].work = nil }
        workers[place].presence = state
    }

    /// A session as it stands from now on; the buyer's former one, if it is another, is forgotten.
    mutating func set(_ session: SessionID, _ conversation: Conversation) {
        var conversation = conversation
        if case .other = conversation.handler { conversation.first = nil }
        if let former = sessions[conversation.buyer], former != session { forget(former) }
        forget(session)
        conversations[session] = conversation
        sessions[conversation.buyer] = session
        switch conversation.handler {
        case .agent(let agent):
            if conversation.first != nil, let place = places[agent] { workers[place].owed.insert(session) }
        case .line: lines.insert(session)
        case .other: break
        }
    }

    /// The buyer goes on in a session whose handler stays.
    mutating func said(_ question: Question, in session: SessionID) {
        guard var conversation = conversations[session], conversation.first == nil else { return }
        conversation.first = question
        set(session, conversation)
    }

    mutating func forget(_ session: SessionID) {
        guard let conversation = conversations.removeValue(forKey: session) else { return }
        if sessions[conversation.buyer] == session { sessions[conversation.buyer] = nil }
        lines.remove(session)
        if case .agent(let agent) = conversation.handler, let place = places[agent] {
            workers[place].owed.remove(session)
        }
    }

    /// The work is over, whether the answer was taken or came too late.
    mutating func finish(_ work: Work, at now: Timestamp, answered: Bool) {
        if let place = places[work.agent], workers[place].work == work {
            workers[place].work = nil
            workers[place].freeAt = now
        }
        guard answered, var conversation = conversations[work.session] else { return }
        conversation.first = nil
        set(work.session, conversation)
    }

    /// Everybody who is free takes what waits longest.
    mutating func takeUp(at now: Timestamp) {
        for place in workers.indices where workers[place].presence != .offline && workers[place].work == nil {
            var choice: (question: Question, session: SessionID)?
            for session in workers[place].owed {
                guard let question = conversations[session]?.first else { continue }
                if let best = choice, (best.question.at, best.session) < (question.at, session) { continue }
                choice = (question, session)
            }
            guard let choice, let given = conversations[choice.session]?.givenAt else { continue }
            let start = max(choice.question.at, given, workers[place].freeAt)
            let effort = Span(millis: Int64((choice.question.effort * workers[place].pace * 1_000).rounded()))
            workers[place].work = Work(
                agent: workers[place].id, session: choice.session, question: choice.question,
                doneAt: max(start + effort, now))
        }
    }
}
