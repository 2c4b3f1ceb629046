// Days of a shop and the rules of its time zone. The shell knows zones (it has the tables of the operating system) and
// hands their offsets over as a value, so that the same events give the same days on any machine.

/// A calendar day, as the number of days since 1970-01-01. Text form `2022-03-14`.
public struct CivilDay: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    public var number: Int
    public init(_ number: Int) { self.number = number }

    /// Reads `YYYY-MM-DD` of years 0001–9999; nil if it is no day of the calendar.
    public init?(text: String) {
        guard text.utf8.count == 10, let noon = RFC3339.parse(text + "T00:00:00Z") else { return nil }
        self.init(Int(noon.millis / Self.millis))
        guard description == text else { return nil }
    }

    public init(from decoder: any Decoder) throws {
        number = try decoder.singleValueContainer().decode(Int.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(number)
    }

    public static let millis: Int64 = 86_400_000

    /// The day that it is where it is earliest, 12 hours west of UTC.
    public static func earliest(at time: Timestamp) -> CivilDay {
        ZoneRules(name: "", offsetMinutes: -12 * 60).day(of: time)
    }
    public static func < (a: Self, b: Self) -> Bool { a.number < b.number }
    public static func + (a: Self, days: Int) -> CivilDay { CivilDay(a.number + days) }
    public static func - (a: Self, b: Self) -> Int { a.number - b.number }

    public var description: String {
        String(RFC3339.text(Timestamp(millis: Int64(number) * Self.millis)).prefix(10))
    }
}

/// A zone's distance from UTC over time. The first offset holds from the beginning of time.
public struct ZoneRules: Hashable, Sendable {
    public struct Change: Hashable, Sendable {
        public var at: Timestamp
        /// East of UTC.
        public var offsetMillis: Int64

        public init(at: Timestamp, offsetMillis: Int64) {
            self.at = at
            self.offsetMillis = offsetMillis
        }
    }

    public let name: String
    /// In order of time.
    let changes: [Change]
    /// RR-4: no moment lies in a day before this one. So a shop that moves to a zone where it is yesterday has no day
    /// twice: until the new zone has caught up, the day that it had goes on.
    public private(set) var firstDay: CivilDay?

    /// `changes` must not be empty and must be in order of time.
    public init(name: String, changes: [Change]) {
        precondition(!changes.isEmpty, "a zone has an offset")
        self.name = name
        self.changes = changes
    }

    /// A zone that never changes.
    public init(name: String, offsetMinutes: Int) {
        self.init(name: name, changes: [Change(at: .distantPast, offsetMillis: Int64(offsetMinutes) * 60_000)])
    }

    /// The same without the days before one.
    public func from(_ day: CivilDay?) -> ZoneRules {
        var rules = self
        rules.firstDay = day
        return rules
    }

    func offset(at time: Timestamp) -> Int64 {
        if let last = changes.last, time >= last.at { return last.offsetMillis }
        var low = 0
        var high = changes.count
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].at <= time { low = middle + 1 } else { high = middle }
        }
        return changes[max(0, low - 1)].offsetMillis
    }

    /// The day of a moment, and how far into it the clocks on the wall are.
    public func place(of time: Timestamp) -> (day: CivilDay, wallMillis: Int64) {
        let local = time.millis + offset(at: time)
        let day = local >= 0 ? local / CivilDay.millis : -((CivilDay.millis - 1 - local) / CivilDay.millis)
        let civil = CivilDay(Int(day))
        return (firstDay.map { max($0, civil) } ?? civil, local - day * CivilDay.millis)
    }

    public func day(of time: Timestamp) -> CivilDay { place(of: time).day }

    /// When the clocks on the wall show that time of that day. A time that is skipped gives the moment of the skip or
    /// one up to its length later; of one that comes twice, the later.
    public func moment(_ day: CivilDay, wallMillis: Int64 = 0) -> Timestamp {
        let local = Int64(day.number) * CivilDay.millis + wallMillis
        let guess = Timestamp(millis: local - offset(at: Timestamp(millis: local)))
        return Timestamp(millis: local - offset(at: guess))
    }
}

/// The rules of a zone by its IANA name; of a name that is not known, those of UTC.
public typealias ZoneSource = @Sendable (String) -> ZoneRules
