import Domain

/// RR-1…RR-4 once more, straight from the text and from the whole list of events, buyer by buyer: for each moment at
/// which an account comes to owe an answer, it looks ahead for what happened. Shares no code with the core but the
/// events; Shanghai time, the standard definition.
public enum RateOracle {
    private static func day(_ millis: Int64) -> Int64 { (millis + 28_800_000) / 86_400_000 }
    private static func second(_ millis: Int64) -> Int64 { (millis + 28_800_000) % 86_400_000 / 1_000 }

    private static func account(_ handler: Handler) -> String {
        switch handler {
        case .agent(let agent): "agent \(agent)"
        case .bot: "bot"
        case .pool: "pool"
        case .queue: "queue"
        }
    }

    /// `answered/total` of each shop and day (as `a 19065`), at the end of all time.
    public static func rates(_ records: [EventRecord]) -> [String: String] {
        var met: [String: [Bool]] = [:]
        for (shop, ofShop) in Dictionary(grouping: records, by: \.shop) {
            for (buyer, events) in Dictionary(grouping: ofShop, by: { $0.event.buyer?.rawValue ?? "" })
            where !buyer.isEmpty {
                for (key, good) in judge(events) {
                    met["\(shop) \(key.day) \(buyer) \(key.account)", default: []].append(good)
                }
            }
        }
        var sums: [String: (answered: Int, total: Int)] = [:]
        for (key, goods) in met {
            let parts = key.split(separator: " ")
            let name = "\(parts[0]) \(parts[1])"
            sums[name, default: (0, 0)].total += 1
            if goods.allSatisfy(\.self) { sums[name, default: (0, 0)].answered += 1 }
        }
        return sums.mapValues { "\($0.answered)/\($0.total)" }
    }

    private struct Key: Hashable {
        var day: Int64
        var account: String
    }

    /// Every obligation of one buyer: whose it is, on which day, and whether it was met.
    private static func judge(_ events: [EventRecord]) -> [(Key, Bool)] {
        var result: [(Key, Bool)] = []
        for place in events.indices {
            guard let (account, question) = begins(events, place) else { continue }
            let start = events[place].at.millis
            guard day(start) == day(question) else { continue }
            guard second(question) >= 8 * 3_600, second(question) < 23 * 3_600 else { continue }
            let key = Key(day: day(question), account: account)
            if account == "bot" {
                result.append((key, true))
                continue
            }
            let (end, answered) = ends(events, place, account, question)
            if account == "queue", !answered.answered, answered.handedOn, end - start <= 180_000 { continue }
            result.append((key, answered.answered && end - start <= 180_000 && day(end) == day(question)))
        }
        return result
    }

    /// The account that comes to owe an answer by this event, and the stamp of the question; nil if none does.
    private static func begins(_ events: [EventRecord], _ place: Int) -> (String, Int64)? {
        let at = events[place].at.millis
        let (owed, holder) = before(events, place)
        switch events[place].event {
        case .messageReceived(let body):
            let account = account(body.handler)
            if let owed, day(owed) == day(at) { return holder == account ? nil : (account, owed) }
            return (account, at)
        case .handlerChanged(let body):
            let account = account(body.to)
            guard body.pending else { return nil }
            if let owed { return holder == account ? nil : (account, owed) }
            return (account, at)
        default: return nil
        }
    }

    /// The question that is owed before an event, and by whom.
    private static func before(_ events: [EventRecord], _ place: Int) -> (Int64?, String?) {
        var owed: Int64?
        var holder: String?
        for record in events[..<place] {
            let at = record.at.millis
            switch record.event {
            case .messageReceived(let body):
                if owed == nil || day(owed ?? 0) != day(at) { owed = at }
                holder = account(body.handler)
            case .handlerChanged(let body):
                if body.pending {
                    owed = owed ?? at
                    holder = account(body.to)
                }
            case .messageSent(let body):
                if owed != nil, answers(body, holder) { owed = nil }
            case .sessionEnded: owed = nil
            default: break
            }
        }
        return (owed, holder)
    }

    private static func answers(_ body: MessageSent, _ holder: String?) -> Bool {
        switch body.sender {
        case .agent(let agent):
            holder == "agent \(agent)" && !body.automatic && [.chat, .service].contains(body.messageClass)
        case .bot: holder == "bot" && !body.noAnswer
        }
    }

    private static func ends(
        _ events: [EventRecord], _ place: Int, _ owner: String, _ question: Int64
    ) -> (Int64, (answered: Bool, handedOn: Bool)) {
        for record in events[(place + 1)...] {
            let at = record.at.millis
            switch record.event {
            case .messageReceived(let body):
                if day(at) != day(question) { return (at, (false, false)) }
                if account(body.handler) != owner { return (at, (false, true)) }
            case .handlerChanged(let body):
                if body.pending, account(body.to) != owner { return (at, (false, true)) }
            case .messageSent(let body): if answers(body, owner) { return (at, (true, false)) }
            case .sessionEnded: return (at, (false, false))
            default: break
            }
        }
        return (.max, (false, false))
    }
}
