import ClusterKit
import Domain
import Foundation
import Testing
import Wire

extension WholeCluster {
    /// `fenliu bench` has the same in open loop, with figures (workload i).
    @Suite struct OverloadTests {
        private static let hot = "north"
        private static let quiet = "south"

        private func consult(_ shop: String, _ id: String) -> RouterRequest {
            .command(
                ShopCommand(
                    shop: ShopID(rawValue: shop), at: Timestamp(millis: 0),
                    stamp: CommandStamp(id: CommandID(rawValue: id), fingerprint: 1),
                    command: .receiveMessage(
                        ReceiveMessage(
                            buyer: BuyerID(rawValue: "b-\(id)"), message: MessageID(rawValue: id), text: "there?"))))
        }

        private func reply(_ session: SessionID, _ agent: String, _ id: String) -> RouterRequest {
            .command(
                ShopCommand(
                    shop: ShopID(rawValue: Self.hot), at: Timestamp(millis: 0),
                    stamp: CommandStamp(id: CommandID(rawValue: id), fingerprint: 1),
                    command: .sendMessage(
                        SendMessage(
                            session: session, message: MessageID(rawValue: id),
                            sender: .agent(AgentID(rawValue: agent)), text: "yes?"))))
        }

        @Test("a shop that floods a router is refused a part, agents and other shops are not, and what is told holds")
        func floodIsFeltByTheShopThatMakesIt() async throws {
            var options = ClusterOptions(routers: 1)
            options.shards = 2
            try await withCluster(options) { cluster in
                let load = Load(cluster, shops: [Self.hot, Self.quiet])
                try await load.prepare()
                let path = "/v1/shops/\(Self.hot)/buyers/first/messages"
                let first = try await cluster.http("POST", path, ["id": "first", "kind": "text", "text": "?"])
                let session = try #require((first.json["session"] as? String).flatMap { SessionID(text: $0) })
                let agent = String(Load.handler(first.json["handler"]).dropFirst(6))
                let router = try #require(try cluster.file().processes.first { $0.role == "router" })
                let socket = try #require(router.socket)

                let floods = try (0..<8).map { _ in try RouterSocket(socket) }
                let others = try RouterSocket(socket)
                // While the router stands still everything comes together in its sockets.
                #expect(kill(router.pid, SIGSTOP) == 0)
                for (place, flood) in floods.enumerated() {
                    try flood.give((1...1_200).map { consult(Self.hot, "f\(place)-\($0)") })
                }
                let replies = (1...20).map { reply(session, agent, "r\($0)") }
                let consults = (1...20).map { consult(Self.quiet, "q\($0)") }
                try others.give(replies + consults)
                #expect(kill(router.pid, SIGCONT) == 0)

                let served = try others.take()
                #expect(served.allSatisfy { $0.answer != nil }, "\(served.filter { $0.answer == nil })")
                var told: [Int: Answer] = [:]
                var refused = 0
                for (place, flood) in floods.enumerated() {
                    for (number, reply) in try flood.take().enumerated() {
                        if let answer = reply.answer {
                            told[place * 10_000 + number + 1] = answer
                        } else {
                            #expect(reply.isOverload, "\(reply)")
                            refused += 1
                        }
                    }
                }
                #expect(told.count + refused == 8 * 1_200)
                // Three quarters of a shop's 8,192 places were taken; who stood there for too long was refused as well.
                #expect(told.count >= 256)
                #expect(refused > 1_000)
                let again = try await cluster.http("POST", path, ["id": "again", "kind": "text", "text": "?"])
                #expect(again.status == 201, "\(again.text)")

                var log = ClientLog()
                for (key, answer) in told {
                    log.messages.append(
                        ClientLog.Message(
                            shop: Self.hot, client: key / 10_000, number: key % 10_000,
                            id: "f\(key / 10_000)-\(key % 10_000)", session: answer.session?.description ?? "",
                            handler: answer.handler?.agent.map { "agent:\($0)" } ?? "?"))
                }
                log.replies = replies.indices.map {
                    ClientLog.Reply(shop: Self.hot, id: "r\($0 + 1)", session: session.description)
                }
                let (found, _) = try await load.violations(log)
                #expect(found == [])
            }
        }
    }
}

extension RouterReply {
    fileprivate var answer: Answer? { if case .answer(let answer) = self { answer } else { nil } }
    fileprivate var isOverload: Bool { if case .fault(let fault) = self { fault.code == .overloaded } else { false } }
}
