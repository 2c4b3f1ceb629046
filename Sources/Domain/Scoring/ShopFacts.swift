// What a score needs to know of a shop besides its turns: its zone, when the member benefit was on (MEM-5), what
// violations are on record and what operators decided (RR-6). Small, and kept whole.

public struct ShopFacts: Hashable, Codable, Sendable {
    public var zone = "Asia/Shanghai"
    public var pilotStandard: String?
    /// When the shop was first set; nil before.
    public var since: Timestamp?
    /// Times at which the member benefit went on and off, in turn; the first is on.
    public var benefitSwitches: [Timestamp] = []
    public var violations: [Violation] = []
    public var decisions: [EscalationDecision] = []
    /// How days are scored, in order; before the first, by the defaults.
    public var scoring: [DatedScoring] = []
    /// The day in the former zone when the zone was changed last; nil if it never was. No later event is of a day before.
    public var firstDay: CivilDay?

    public init() {}

    enum CodingKeys: Int, CodingKey {
        case zone = 1
        case pilotStandard = 2
        case since = 3
        case benefitSwitches = 4
        case violations = 5
        case decisions = 6
        case scoring = 7
        case firstDay = 8
    }

    /// `rules`: those of the zone so far.
    mutating func set(_ shop: SetShop, at: Timestamp, _ rules: ZoneRules) {
        if since != nil, shop.timeZone != zone { firstDay = rules.day(of: at) }
        zone = shop.timeZone
        pilotStandard = shop.pilotStandard
        since = since ?? at
    }

    /// True if the benefit went on or off.
    mutating func note(_ benefit: MemberPrioritySettings, at: Timestamp) -> Bool {
        let on = benefitSwitches.count % 2 == 1
        guard benefit.enabled != on else { return false }
        benefitSwitches.append(at)
        return true
    }

    // MARK: RR-5

    /// Most changes of the settings that are kept, at most one a day; the oldest go.
    public static let scoringKept = 1_000

    /// True if days will be scored in another way. Settings count from the next day on; at a day's very start, and on the
    /// shop's first day, from that day.
    mutating func note(_ settings: ShopSettings, at: Timestamp, zone: ZoneRules) -> Bool {
        guard settings.scoring != scoring.last?.settings ?? .init() else { return false }
        let (day, wall) = zone.place(of: at)
        let first = since.map { zone.day(of: $0) } == day
        let from = first || wall == 0 ? day : day + 1
        scoring.removeAll { $0.from >= from }
        scoring.append(DatedScoring(from: from, version: settings.version, settings: settings.scoring))
        if scoring.count > Self.scoringKept { scoring.removeFirst() }
        return true
    }

    /// What was in force at the start of a day; nil is the defaults.
    public func scoring(on day: CivilDay) -> DatedScoring? { scoring.last { $0.from <= day } }

    /// The definition by which a day is scored unless another is asked for.
    public func definition(on day: CivilDay) -> ScoreDefinition {
        scoring(on: day)?.definition ?? .standard
    }

    /// A definition of the shop's own, by its name or name@version; of a name alone the newest.
    public func ownDefinition(_ text: String) -> ScoreDefinition? {
        ScoreDefinition.find(text, in: scoring.filter { $0.settings.own != nil }.map(\.definition))
    }

    // MARK: RR-6

    /// Most violations, and most decisions, that are kept; the oldest go.
    public static let kept = 1_000

    mutating func record(_ violation: Violation) {
        guard !violations.contains(where: { $0.id == violation.id }) else { return }
        violations.append(violation)
        if violations.count > Self.kept { violations.removeFirst() }
    }

    mutating func record(_ decision: EscalationDecision) {
        decisions.append(decision)
        if decisions.count > Self.kept { decisions.removeFirst() }
    }

    // MARK: MEM-5

    /// Days on which the benefit was on at 23:59, up to `now`, in the shop's present zone.
    public func benefitDays(at now: Timestamp, zone: ZoneRules) -> Int {
        var days = 0
        for index in stride(from: 0, to: benefitSwitches.count, by: 2) {
            let off = index + 1 < benefitSwitches.count ? benefitSwitches[index + 1] : now + Span(millis: 1)
            let first = Self.firstMark(notBefore: benefitSwitches[index], zone)
            // The first mark that is no longer in it.
            let end = Self.firstMark(notBefore: min(off, now + Span(millis: 1)), zone)
            days += max(0, end - first)
        }
        return days
    }

    public var benefitOn: Bool { benefitSwitches.count % 2 == 1 }

    /// The first day whose 23:59 is not before that time.
    private static func firstMark(notBefore time: Timestamp, _ zone: ZoneRules) -> CivilDay {
        let (day, wall) = zone.place(of: time)
        return wall <= (23 * 60 + 59) * 60_000 ? day : day + 1
    }
}

/// Scoring settings with the first day that they hold for.
public struct DatedScoring: Hashable, Codable, Sendable {
    public var from: CivilDay
    /// Of the settings that brought them.
    public var version: Int
    public var settings: ScoringSettings

    public init(from: CivilDay, version: Int, settings: ScoringSettings) {
        self.from = from
        self.version = version
        self.settings = settings
    }

    enum CodingKeys: Int, CodingKey {
        case from = 1
        case version = 2
        case settings = 3
    }

    public var definition: ScoreDefinition { settings.active(version: version, since: from) }
}
