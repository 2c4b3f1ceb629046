// Answers to commands as JSON.

import Domain
import Journal

extension JSONWriter {
    /// Read off once: a case's name comes by reflection, which is slow for what every answer has.
    private static let ruleNames = Dictionary(uniqueKeysWithValues: Rule.allCases.map { ($0, $0.name) })

    /// To a buyer's message. `message` is the ID under which it was given.
    mutating func received(_ answer: Answer, as message: MessageID) {
        field("message", answer.message ?? message)
        outcome(answer)
    }

    /// To a message in a session.
    mutating func sent(_ answer: Answer, as message: MessageID, in session: SessionID) {
        field("message", answer.message ?? message)
        field("session", session)
        field("sequence", number: answer.sequence)
    }

    /// `session`, `handler`, `decision`, `notice` of what a command did to a session.
    mutating func outcome(_ answer: Answer) {
        field("session", answer.session)
        if let given = answer.handler {
            name("handler")
            handler(given, position: answer.position, estimatedWaitSeconds: answer.estimatedWaitSeconds)
        }
        if let rule = answer.rule, let decision = answer.decision {
            field(
                "decision",
                object: { json in
                    json.field("id", decision)
                    json.field("rule", Self.ruleNames[rule])
                    if answer.priorityMember { json.field("priorityMember", true) }
                })
        }
        if answer.noHumanOnline { field("notice", "noHumanOnline") }
    }
}
