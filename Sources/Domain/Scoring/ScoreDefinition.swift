// RR-5: what a score means, as a named, dated, versioned value. Marketplaces mean different things by the same name, so
// every score names its definition, and any day can be computed again under another.

/// What is counted as one.
public enum ScoreUnit: Int, Codable, Sendable, Named {
    /// 咨询人次: one buyer × one account × one day.
    case personTime = 0
    /// One question and what became of it.
    case round = 1
    case session = 2
    case buyer = 3
    public var name: String { "\(self)" }
}

/// What a buyer served by the bot is.
public enum BotCounting: Int, Codable, Sendable, Named {
    /// Served, on both sides of the rate.
    case served = 0
    /// On neither side.
    case leftOut = 1
    public var name: String { "\(self)" }
}

/// RR-3: which of a unit's turns must be answered in time.
public enum TurnRule: Int, Codable, Sendable, Named {
    case allTurns = 0
    case firstTurn = 1
    case anyTurn = 2
    public var name: String { "\(self)" }
}

public struct ScoreDefinition: Hashable, Codable, Sendable {
    public var name: String
    /// From 1; a definition that means something else has another version.
    public var version: Int
    /// Since when it is in use.
    public var since: CivilDay
    public var unit = ScoreUnit.personTime
    /// The time of day, in minutes, from which questions count and before which. 0…1,440.
    public var opensMinute = 8 * 60
    public var closesMinute = 23 * 60
    public var bot = BotCounting.served
    /// An answer after exactly so long is in time. 1 ms…24 h.
    public var limit = Span.minutes(3)
    public var turnRule = TurnRule.allTurns
    /// RR-6: a day passes from this share on, `passNumerator / passDenominator`.
    public var passNumerator = 2
    public var passDenominator = 5
    /// RR-4: what only says thanks needs no answer. Both figures are shown, whichever counts.
    public var closingPhraseExempt = false

    public init(name: String, version: Int, since: CivilDay) {
        self.name = name
        self.version = version
        self.since = since
    }

    enum CodingKeys: Int, CodingKey {
        case name = 1
        case version = 2
        case since = 3
        case unit = 4
        case opensMinute = 5
        case closesMinute = 6
        case bot = 7
        case limit = 8
        case turnRule = 9
        case passNumerator = 10
        case passDenominator = 11
        case closingPhraseExempt = 12
    }

    /// `taobao-deals-2022`: the rate of RR-1, by which penalties go.
    public static let standard = ScoreDefinition(name: "taobao-deals-2022", version: 1, since: day(2022, 3, 1))

    /// Only rounds with a human; the bot on neither side.
    public static let manualRounds: ScoreDefinition = {
        var definition = ScoreDefinition(name: "manual-rounds", version: 1, since: day(2022, 3, 1))
        definition.unit = .round
        definition.bot = .leftOut
        return definition
    }()

    public static let presets = [standard, manualRounds]

    /// Finds `name` (its newest version) or `name@version`.
    public static func find(_ text: String, in definitions: [ScoreDefinition] = presets) -> ScoreDefinition? {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard let name = parts.first, parts.count <= 2 else { return nil }
        let named = definitions.filter { $0.name == name }
        guard parts.count == 2 else { return named.max { $0.version < $1.version } }
        return named.first { String($0.version) == parts[1] }
    }

    /// What this definition's cards are kept under: two definitions that mean different things have different keys.
    public var key: String { "\(name)@\(version)\(closingPhraseExempt ? "+exempt" : "")" }

    /// RR-6: compared as integers.
    public func passes(_ numerator: Int, of total: Int) -> Bool { passDenominator * numerator >= passNumerator * total }

    /// RR-7: misses that a day of so many may have and still pass.
    public func mayMiss(of total: Int) -> Int { (passDenominator - passNumerator) * total / passDenominator }

    private static func day(_ year: Int64, _ month: Int64, _ day: Int64) -> CivilDay {
        CivilDay(Int(RFC3339.dayNumber(year: year, month: month, day: day)))
    }
}

/// RR-4: messages that only close a conversation.
public enum ClosingPhrase {
    /// Compared without case, spaces and punctuation.
    public static let standard: Set<String> = [
        "谢谢", "谢谢亲", "谢谢你", "谢谢您", "多谢", "感谢", "好的", "好的谢谢", "好哒", "好的呢", "嗯", "嗯嗯", "嗯好的", "哦", "知道了",
        "明白了", "收到", "再见", "拜拜", "ok", "okay", "thanks", "thankyou", "thx", "bye", "goodbye", "gotit",
    ]
    /// A longer message, in bytes, says more than thanks.
    public static let longest = 48
    /// Most phrases of a shop's own.
    public static let most = 200

    /// Letters and digits of a text that are certain to be some. Most messages say more than thanks: these are counted
    /// before anything is compared.
    public static func letters(_ bytes: UnsafeRawBufferPointer) -> Int {
        var letters = 0
        for place in 0..<bytes.count {
            switch bytes[place] {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0xe5...0xe9: letters += 1
            default: break
            }
        }
        return letters
    }

    /// What is compared: letters and digits, without case.
    static func plain(_ text: String) -> String {
        String(text.lowercased().filter { $0.isLetter || $0.isNumber })
    }
}

extension ClosingPhrase {
    /// The phrases of a shop, ready for comparing.
    struct Phrases: Sendable {
        private let known: Set<String>
        /// Most letters and digits of one.
        let most: Int

        static let standard = Phrases(nil)

        init(_ phrases: [String]?) {
            known = phrases.map { Set($0.map(ClosingPhrase.plain)) } ?? ClosingPhrase.standard
            most = known.map(\.unicodeScalars.count).max() ?? 0
        }

        func hold(_ text: String) -> Bool {
            guard text.utf8.count <= ClosingPhrase.longest else { return false }
            var copy = text
            let letters = copy.withUTF8 { ClosingPhrase.letters(UnsafeRawBufferPointer($0)) }
            return letters <= most && known.contains(ClosingPhrase.plain(text))
        }
    }
}
