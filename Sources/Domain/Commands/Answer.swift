// What a command is answered with. An answer is a function of the command's first event, so the first answer can be
// given again from the journal (I9).

public struct Answer: Hashable, Codable, Sendable {
    /// Sequence number of the event that the answer is about; of the shop's last event if the command changed nothing.
    public var sequence: UInt64
    /// The command changed something, now or when it was first given.
    public var changed: Bool
    /// For messages, calls for a human, transfers and closes.
    public var session: SessionID?
    public var message: MessageID?
    public var handler: Handler?
    public var rule: Rule?
    public var priorityMember: Bool
    /// DIV-6: place in the queue from 1.
    public var position: Int?
    public var estimatedWaitSeconds: Int?
    /// For settings and whatever else has a version.
    public var version: Int?
    /// MEM-1: a priority member whom no human can take now.
    public var noHumanOnline: Bool

    public init(
        sequence: UInt64, changed: Bool = true, session: SessionID? = nil, message: MessageID? = nil,
        handler: Handler? = nil, rule: Rule? = nil, priorityMember: Bool = false, position: Int? = nil,
        estimatedWaitSeconds: Int? = nil, version: Int? = nil, noHumanOnline: Bool = false
    ) {
        self.sequence = sequence
        self.changed = changed
        self.session = session
        self.message = message
        self.handler = handler
        self.rule = rule
        self.priorityMember = priorityMember
        self.position = position
        self.estimatedWaitSeconds = estimatedWaitSeconds
        self.version = version
        self.noHumanOnline = noHumanOnline
    }

    /// DIV-10. Of messages, calls for a human and transfers.
    public var decision: DecisionID? { rule == nil ? nil : DecisionID(sequence) }

    enum CodingKeys: Int, CodingKey {
        case sequence = 1
        case changed = 2
        case session = 3
        case message = 4
        case handler = 5
        case rule = 6
        case priorityMember = 7
        case position = 8
        case estimatedWaitSeconds = 9
        case version = 10
        case noHumanOnline = 11
    }
}

extension Answer {
    /// The answer to the command whose first event this is.
    public init(first record: borrowing EventRecord) {
        self = Self.to(record.event, sequence: record.sequence)
    }

    @inline(__always)
    static func to(_ first: Event, sequence: UInt64) -> Answer {
        switch first {
        case .messageReceived(let event):
            let priorityMember = event.decision?.priorityMember ?? false
            return Answer(
                sequence: sequence, session: event.session, message: event.message, handler: event.handler,
                rule: event.decision?.rule ?? .continued, priorityMember: priorityMember, position: event.position,
                estimatedWaitSeconds: event.estimatedWaitSeconds,
                noHumanOnline: priorityMember && event.handler.isNoHuman)
        case .messageSent(let event):
            return Answer(sequence: sequence, session: event.session, message: event.message)
        case .handlerChanged(let event):
            return Answer(
                sequence: sequence, session: event.session, handler: event.to, rule: event.decision.rule,
                priorityMember: event.decision.priorityMember,
                noHumanOnline: event.decision.priorityMember && event.to.isNoHuman)
        case .sessionEnded(let event):
            return Answer(sequence: sequence, session: event.session, handler: event.handler)
        case .settingsChanged(let event): return Answer(sequence: sequence, version: event.settings.version)
        case .commandNoted(let event):
            var answer = event.answer
            answer.sequence = sequence
            return answer
        default: return Answer(sequence: sequence)
        }
    }
}
