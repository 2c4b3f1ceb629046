// Who asks in (i): shops alike, and one among them that asks for a hundred times as much as each of the others.

import ClusterKit
import Domain
import Foundation
import Wire

struct OverloadShops {
    let plan: BenchPlan
    /// The stamp of all commands.
    let at = Timestamp(millis: Int64(Date().timeIntervalSince1970 * 1_000))
    private static let agents = 10
    /// Of the top: all that is asked for, and agents' replies among it.
    private static let times = 3.0
    private static let replyPart = 0.01
    private static let leastReplies = 20.0
    /// Of each of the other shops' load.
    static let flood = 100.0

    init(plan: BenchPlan) { self.plan = plan }

    var hot: UInt64 { UInt64(plan.quietShops) }
    var quiet: [UInt64] { (0..<UInt64(plan.quietShops)).map { $0 } }

    /// Parts of the top: of all other shops together, and of the one.
    var quietPart: Double {
        (Self.times - Self.replyPart) * Double(plan.quietShops) / (Double(plan.quietShops) + Self.flood)
    }
    var hotPart: Double { Self.times - Self.replyPart - quietPart }

    /// Agents' replies a second.
    func replyRate(top: Double) -> Double { max(Self.leastReplies, top * Self.replyPart) }

    /// Shops, and the sessions of the one that will ask for too much.
    func prepare(_ socket: String) throws(ClusterFault) -> [(SessionID, AgentID)] {
        var link = try FrameSocket(socket)
        for shop in quiet + [hot] { try link.give(BenchShop.commands(shop, agents: Self.agents, at: at)) }
        let consults = (0..<64).map { number in
            ShopCommand(
                shop: BenchID.shop(hot), at: at, stamp: nil,
                command: .receiveMessage(
                    ReceiveMessage(
                        buyer: BuyerID(rawValue: "r\(number)"), message: MessageID(rawValue: "r\(number)"),
                        text: benchText)))
        }
        return try link.give(consults).compactMap { answer in
            guard let session = answer.session, let agent = answer.handler?.agent else { return nil }
            return (session, agent)
        }
    }

    /// Seconds until the other shops are served as calmly as before; looked at every half second, ten seconds at most.
    /// `look`: their load for so long, the how manieth.
    func recovery(
        calm: LoadOutcome, _ look: (Double, UInt64) throws(ClusterFault) -> LoadOutcome
    ) throws(ClusterFault) -> Double {
        let step = min(0.5, plan.seconds)
        var passed = 0.0
        for number in 0..<UInt64(10 / step) {
            let outcome = try look(step, number)
            passed += step
            if outcome.bad == 0, outcome.p99 <= calm.p99 * 2 + 5 { return passed }
        }
        return passed + step
    }

    /// `through`: how they asked, behind each line.
    func tell(_ report: inout BenchReport, _ through: String, back: Double) {
        report.figures.append(
            Figure(
                workload: "i", what: "until the other shops' p99 is as it was before" + through, unit: "s", value: back,
                runs: [back], goal: 10, goalIsMost: true))
    }

    func tell(_ report: inout BenchReport, _ through: String, seconds: Double, _ all: OverloadOutcome) {
        let (top, calm, hot, quiet, replies) = (all.top, all.calm, all.hot, all.quiet, all.replies)
        func figure(
            _ what: String, _ unit: String, _ value: Double, _ outcome: LoadOutcome, goal: Double? = nil,
            most: Bool = false
        ) {
            report.figures.append(
                Figure(
                    workload: "i", what: what + through, inFlight: nil, unit: unit, value: value, runs: [value],
                    p50: outcome.p50,
                    p99: outcome.p99, goal: goal, goalIsMost: most))
        }
        func part(_ outcome: LoadOutcome) -> Double {
            100 * Double(outcome.answered - outcome.bad) / Double(max(1, outcome.answered))
        }
        let shops = plan.quietShops + 1
        figure("top: \(shops) shops alike, \(all.inFlight) in flight", "/s", top.perSecond, top)
        figure(
            "\(BenchReport.number(quietPart)) of it, without the shop that asks for too much", "/s", calm.perSecond,
            calm)
        let goodput = hot.perSecond + quiet.perSecond + replies.perSecond
        figure(
            "goodput at three times the top: one shop asks for \(BenchReport.number(hotPart)) of it, a hundred times as "
                + "much as each of \(plan.quietShops) others",
            "/s", goodput, hot, goal: top.perSecond * 0.9)
        figure(
            "of these the other shops: p99, which was \(BenchReport.number(calm.p99)) without the one", "ms", quiet.p99,
            quiet, goal: calm.p99 * 2, most: true)
        figure("of the other shops' consults answered", "%", part(quiet), quiet, goal: 99)
        figure("of the consults of the shop that asks for too much answered", "%", part(hot), hot)
        let load = (hot.clientSeconds + quiet.clientSeconds + replies.clientSeconds) / seconds
        figure("processor of the load generator meanwhile", "cores", load, hot)
        figure("of agents' replies in the shop that asks for too much answered", "%", part(replies), replies, goal: 99)
    }
}

struct OverloadOutcome {
    /// As fast as the replies come, with so many in flight.
    var top: LoadOutcome
    var inFlight: Int
    /// The other shops alone, and then all.
    var calm: LoadOutcome
    var hot: LoadOutcome
    var quiet: LoadOutcome
    var replies: LoadOutcome
}
