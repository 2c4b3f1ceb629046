// What a command is answered with. An answer is a function of the command's first event, so the first answer can be
// given again from the journal (I9).

public struct Answer: Hashable, Sendable {
    /// Sequence number of the event that the answer is about; of the shop's last event if the command changed nothing.
    public var sequence: UInt64
    /// The command changed something, now or when it was first given.
    public var changed: Bool
    /// For messages, calls for a human, transfers and closes.
    public let session: SessionID?
    public let message: MessageID?
    public let handler: Handler?
    public let rule: Rule?
    public let priorityMember: Bool
    /// MEM-1: a priority member whom no human can take now.
    public let noHumanOnline: Bool
    /// Apart, as few answers have any of it: whatever is small is handed on without further copies.
    private let few: Shared<Few>?

    /// What few answers have.
    private struct Few: Hashable, Sendable {
        var position: Int?
        var estimatedWaitSeconds: Int?
        var version: Int?
    }

    /// DIV-6: place in the queue from 1.
    public var position: Int? { few?.value.position }
    public var estimatedWaitSeconds: Int? { few?.value.estimatedWaitSeconds }
    /// For settings and whatever else has a version.
    public var version: Int? { few?.value.version }

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
        self.noHumanOnline = noHumanOnline
        few =
            position == nil && estimatedWaitSeconds == nil && version == nil
            ? nil : Shared(Few(position: position, estimatedWaitSeconds: estimatedWaitSeconds, version: version))
    }

    /// DIV-10. Of messages, calls for a human and transfers.
    public var decision: DecisionID? { rule == nil ? nil : DecisionID(sequence) }
}

extension Answer: Codable {
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

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            sequence: try fields.decode(UInt64.self, forKey: .sequence),
            changed: try fields.decode(Bool.self, forKey: .changed),
            session: try fields.decodeIfPresent(SessionID.self, forKey: .session),
            message: try fields.decodeIfPresent(MessageID.self, forKey: .message),
            handler: try fields.decodeIfPresent(Handler.self, forKey: .handler),
            rule: try fields.decodeIfPresent(Rule.self, forKey: .rule),
            priorityMember: try fields.decode(Bool.self, forKey: .priorityMember),
            position: try fields.decodeIfPresent(Int.self, forKey: .position),
            estimatedWaitSeconds: try fields.decodeIfPresent(Int.self, forKey: .estimatedWaitSeconds),
            version: try fields.decodeIfPresent(Int.self, forKey: .version),
            noHumanOnline: try fields.decode(Bool.self, forKey: .noHumanOnline))
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(sequence, forKey: .sequence)
        try fields.encode(changed, forKey: .changed)
        try fields.encodeIfPresent(session, forKey: .session)
        try fields.encodeIfPresent(message, forKey: .message)
        try fields.encodeIfPresent(handler, forKey: .handler)
        try fields.encodeIfPresent(rule, forKey: .rule)
        try fields.encode(priorityMember, forKey: .priorityMember)
        try fields.encodeIfPresent(position, forKey: .position)
        try fields.encodeIfPresent(estimatedWaitSeconds, forKey: .estimatedWaitSeconds)
        try fields.encodeIfPresent(version, forKey: .version)
        try fields.encode(noHumanOnline, forKey: .noHumanOnline)
    }
}

extension Answer {
    /// The answer to the command whose first event this is.
    public init(first record: borrowing EventRecord) {
        self = Self.to(record.event, sequence: record.sequence)
    }

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
