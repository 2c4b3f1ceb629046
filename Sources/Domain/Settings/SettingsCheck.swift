// The ranges of every setting, in one place; the message of a refusal names the field as clients write it.

/// A field out of its range. `pointer` is a JSON pointer into the section's object.
public struct FieldFault: Error, Hashable, Codable, Sendable {
    public var pointer: String
    public var detail: String

    public init(pointer: String, detail: String) {
        self.pointer = pointer
        self.detail = detail
    }

    enum CodingKeys: Int, CodingKey {
        case pointer = 1
        case detail = 2
    }
}

extension ShopSettings {
    /// Every field that is out of its range; empty if none.
    public func faults() -> [FieldFault] {
        diversion.faults().map { $0.under("diversion") }
            + bot.faults().map { $0.under("bot") }
            + memberPriority.faults().map { $0.under("memberPriority") }
            + scoring.faults().map { $0.under("scoring") }
    }
}

extension FieldFault {
    /// The same fault, seen from the object that holds this one as `name`.
    public func under(_ name: String) -> FieldFault { FieldFault(pointer: "/\(name)\(pointer)", detail: detail) }
}

/// Collects the fields that lie outside their ranges.
struct RangeCheck {
    var faults: [FieldFault] = []

    mutating func check(_ value: Int?, _ range: ClosedRange<Int>, _ name: String) {
        guard let value, !range.contains(value) else { return }
        faults.append(
            FieldFault(pointer: "/\(name)", detail: "must be \(range.lowerBound) to \(range.upperBound), is \(value)"))
    }

    mutating func checkText(_ text: String, atMost limit: Int, _ name: String) {
        guard text.utf8.count > limit else { return }
        faults.append(FieldFault(pointer: "/\(name)", detail: "must be at most \(limit) bytes of UTF-8"))
    }
}

extension DiversionSettings {
    public func faults() -> [FieldFault] {
        var check = RangeCheck()
        check.check(busyThreshold, 0...10_000, "busyThreshold")
        check.check(recentContactHours, 1...8_760, "recentContactHours")
        check.check(suspendedContactHours, 0...max(0, recentContactHours), "suspendedContactHours")
        check.check(completedOrderDays, 0...365, "completedOrderDays")
        check.check(autoSuspendAt, 1...100_000, "autoSuspendAt")
        check.check(streamLostSeconds, 1...86_400, "streamLostSeconds")
        check.check(memberBonusSeconds, 0...86_400, "memberBonusSeconds")
        check.check(queueLimit, 1...1_000_000, "queueLimit")
        check.check(poolPerAgentMinute, 1...1_000, "poolPerAgentMinute")
        check.check(transferLimit, 0...100, "transferLimit")
        check.check(transferWindowMinutes, 1...1_440, "transferWindowMinutes")
        check.check(idleMinutes, 1...10_080, "idleMinutes")
        check.check(abandonHours, 1...720, "abandonHours")
        return check.faults
    }
}

extension BotSettings {
    /// Longest text of an answer or a question, in bytes of UTF-8.
    public static let textLimit = 4_096
    public static let answersLimit = 1_000
    public static let humanWordsLimit = 100

    public func faults() -> [FieldFault] {
        var check = RangeCheck()
        check.check(percent, 0...100, "percent")
        check.check(noAnswerLimit, 1...100, "noAnswerLimit")
        check.check(answers.count, 0...Self.answersLimit, "answers")
        check.check(humanWords.count, 0...Self.humanWordsLimit, "humanWords")
        check.checkText(fallback, atMost: Self.textLimit, "fallback")
        for (index, word) in humanWords.enumerated() {
            check.checkText(word, atMost: IdentifierLimit.bytes, "humanWords/\(index)")
        }
        for (index, entry) in answers.enumerated() {
            check.checkText(entry.answer, atMost: Self.textLimit, "answers/\(index)/answer")
            check.check(entry.questions.count, 1...100, "answers/\(index)/questions")
            for (place, question) in entry.questions.enumerated() {
                check.checkText(question, atMost: Self.textLimit, "answers/\(index)/questions/\(place)")
                if question.isEmpty {
                    check.faults.append(
                        FieldFault(pointer: "/answers/\(index)/questions/\(place)", detail: "must not be empty"))
                }
            }
        }
        return check.faults
    }
}

extension MemberPrioritySettings {
    public func faults() -> [FieldFault] {
        var check = RangeCheck()
        check.check(minLevel, 1...100, "minLevel")
        check.check(segments.count, 0...1_000, "segments")
        for (index, segment) in segments.enumerated() {
            check.checkText(segment, atMost: IdentifierLimit.bytes, "segments/\(index)")
        }
        return check.faults
    }
}
