// RR-5, RR-6, DIV-12: how a shop is scored and when its agents are reminded. A day is scored by what was in force at its
// start (`ShopFacts.scoring`).

public struct ScoringSettings: Hashable, Codable, Sendable {
    /// A preset's name or `name@version`; passed over while `own` is there. Default `taobao-deals-2022`.
    public var definition = ScoreDefinition.standard.name
    /// RR-5: a definition of the shop's own.
    public var own: OwnDefinition?
    /// RR-4: what only says thanks needs no answer. Default false.
    public var closingPhraseExempt = false
    /// RR-4: what only says thanks, compared without case, spaces and punctuation; nil is the built-in list. At most 200
    /// of 1…48 bytes.
    public var closingPhrases: [String]?
    /// DIV-12: an agent is reminded of a buyer who has waited for so long. 10…180 s, default 100; never off.
    public var reminderSeconds = 100
    /// RR-6; set by operators only. Nil is the default, in a command: as it is.
    public var penalties: PenaltySettings?

    public init() {}

    enum CodingKeys: Int, CodingKey {
        case definition = 1
        case own = 2
        case closingPhraseExempt = 3
        case closingPhrases = 4
        case reminderSeconds = 5
        case penalties = 6
    }
}

/// A shop's own definition. Its version is that of the settings that brought it.
public struct OwnDefinition: Hashable, Codable, Sendable {
    /// 1…64 bytes, no preset's name, without `@`.
    public var name = "own"
    public var unit = ScoreUnit.personTime
    /// Minute of the day from which questions count. 0…1,439, default 480.
    public var opensMinute = 8 * 60
    /// Minute of the day before which they count. Above `opensMinute`, at most 1,440; default 1,380.
    public var closesMinute = 23 * 60
    public var bot = BotCounting.served
    /// An answer after exactly so long is in time. 1…86,400 s, default 180.
    public var limitSeconds = 180
    public var turnRule = TurnRule.allTurns
    /// A day passes from this share on. 0…`passDenominator`, default 2.
    public var passNumerator = 2
    /// 1…10,000, default 5.
    public var passDenominator = 5

    public init(name: String = "own") { self.name = name }

    enum CodingKeys: Int, CodingKey {
        case name = 1
        case unit = 2
        case opensMinute = 3
        case closesMinute = 4
        case bot = 5
        case limitSeconds = 6
        case turnRule = 7
        case passNumerator = 8
        case passDenominator = 9
    }
}

/// RR-6: what failing is and when it is repeated.
public struct PenaltySettings: Hashable, Codable, Sendable {
    /// A day fails below this share. 0…`passDenominator`, default 2.
    public var passNumerator = 2
    /// 1…10,000, default 5.
    public var passDenominator = 5
    /// So many failing days in a row raise an escalation. 1…365, default 3.
    public var failingDays = 3
    /// A failing day raises one, too, when a violation is at most so many days old. 0…3,650, default 90.
    public var violationDays = 90

    public init() {}

    enum CodingKeys: Int, CodingKey {
        case passNumerator = 1
        case passDenominator = 2
        case failingDays = 3
        case violationDays = 4
    }

    /// Compared as integers.
    func passes(_ answered: Int, of total: Int) -> Bool { passDenominator * answered >= passNumerator * total }
}

extension ScoringSettings {
    /// How long an answer may take under the active definition.
    public var limit: Span {
        own.map { .seconds($0.limitSeconds) } ?? (ScoreDefinition.find(definition) ?? .standard).limit
    }

    /// The active definition. `version` and `since` are those of an own one.
    public func active(version: Int, since: CivilDay) -> ScoreDefinition {
        var active = ScoreDefinition.find(definition) ?? .standard
        if let own {
            active = ScoreDefinition(name: own.name, version: version, since: since)
            active.unit = own.unit
            active.opensMinute = own.opensMinute
            active.closesMinute = own.closesMinute
            active.bot = own.bot
            active.limit = .seconds(own.limitSeconds)
            active.turnRule = own.turnRule
            active.passNumerator = own.passNumerator
            active.passDenominator = own.passDenominator
        }
        active.closingPhraseExempt = closingPhraseExempt
        return active
    }

    public func faults() -> [FieldFault] {
        var check = RangeCheck()
        if own == nil, ScoreDefinition.find(definition) == nil {
            let names = ScoreDefinition.presets.map(\.name).joined(separator: ", ")
            check.faults.append(
                FieldFault(pointer: "/definition", detail: "must be one of \(names), name@version, or an object"))
        }
        check.check(reminderSeconds, 10...180, "reminderSeconds")
        if let closingPhrases {
            check.check(closingPhrases.count, 0...ClosingPhrase.most, "closingPhrases")
            for (index, phrase) in closingPhrases.enumerated() {
                check.check(phrase.utf8.count, 1...ClosingPhrase.longest, "closingPhrases/\(index)")
                if !phrase.isEmpty, ClosingPhrase.plain(phrase).isEmpty {
                    check.faults.append(
                        FieldFault(pointer: "/closingPhrases/\(index)", detail: "must have a letter or a digit"))
                }
            }
        }
        return check.faults + (own?.faults().map { $0.under("definition") } ?? [])
            + (penalties?.faults().map { $0.under("penalties") } ?? [])
    }
}

extension OwnDefinition {
    public func faults() -> [FieldFault] {
        var check = RangeCheck()
        if name.isEmpty || name.contains("@") || ScoreDefinition.find(name) != nil {
            check.faults.append(
                FieldFault(pointer: "/name", detail: "must be a name of its own, without @, and no preset's"))
        }
        check.checkText(name, atMost: IdentifierLimit.bytes, "name")
        check.check(opensMinute, 0...1_439, "opensMinute")
        check.check(closesMinute, min(1_440, max(0, opensMinute) + 1)...1_440, "closesMinute")
        check.check(limitSeconds, 1...86_400, "limitSeconds")
        check.checkShare(passNumerator, passDenominator)
        return check.faults
    }
}

extension PenaltySettings {
    public func faults() -> [FieldFault] {
        var check = RangeCheck()
        check.checkShare(passNumerator, passDenominator)
        check.check(failingDays, 1...365, "failingDays")
        check.check(violationDays, 0...3_650, "violationDays")
        return check.faults
    }
}

extension RangeCheck {
    fileprivate mutating func checkShare(_ numerator: Int, _ denominator: Int) {
        check(denominator, 1...10_000, "passDenominator")
        check(numerator, 0...max(0, min(denominator, 10_000)), "passNumerator")
    }
}
