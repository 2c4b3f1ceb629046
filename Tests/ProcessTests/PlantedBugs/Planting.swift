// What brings each planted bug to light, and which checker says so.

#if PLANTED_BUGS
    import Domain
    import Foundation
    import JournalSQLite
    import Testing
    import Wire

    struct Planting: Sendable, CustomTestStringConvertible {
        var bug: PlantedBug
        /// Part of what the checker must say.
        var complaint: String
        var options = Planting.small
        /// Provokes it and lets the ordinary checkers look.
        var violations: @Sendable (Cluster) async throws -> [String]

        var testDescription: String { bug.rawValue }

        private static var small: ClusterOptions {
            var options = ClusterOptions(routers: 1)
            options.shards = 2
            return options
        }

        private static var manual: ClusterOptions {
            var options = small
            options.manualClock = true
            return options
        }

        static let plain: [Planting] = [
            Planting(bug: .commandIDInMemoryOnly, complaint: "was carried out twice") {
                try await asksTwice($0, killing: true)
            },
            Planting(bug: .retryWithoutFirstAnswer, complaint: "another answer under the same ID") {
                try await asksTwice($0, killing: false)
            },
            Planting(bug: .loadKeptApart, complaint: "sessions and has") { try await ordinaryLoad($0) },
            Planting(bug: .decisionAcrossAwait, complaint: "are the most") { try await twoAtOnce($0) },
            Planting(bug: .noTermCheck, complaint: "had begun") { try await holderThatWasReplaced($0) },
        ]

        static let traced: [Planting] = [
            Planting(bug: .acknowledgeBeforeDurable, complaint: "left before its write was synced") { cluster in
                let load = Load(cluster, shops: ["north"])
                try await load.prepare()
                let (proof, log) = try await DurabilityProof.seek(
                    cluster, under: load, messages: 2, slowSyncMillis: 300)
                return proof.violations + log.complaints
            },
            Planting(bug: .placeInAnotherTransaction, complaint: "denominator", options: manual) {
                try await scorerDiesInItsFirstCommit($0)
            },
        ]

        private static let shop = "north"

        /// I9: the same message under the same ID, with or without the router's death in between.
        private static func asksTwice(_ cluster: Cluster, killing: Bool) async throws -> [String] {
            let load = Load(cluster, shops: [shop])
            try await load.prepare()
            var log = ClientLog()
            let body = ["id": "once", "kind": "text", "text": "once"]
            let path = "/v1/shops/\(shop)/buyers/b/messages"
            let first = try await cluster.http("POST", path, body)
            log.messages.append(
                ClientLog.Message(
                    shop: shop, client: 0, number: 1, id: "once", session: first.json["session"] as? String ?? "",
                    handler: Load.handler(first.json["handler"])))
            if killing { try await cluster.killAndAwaitSuccessor("router-1") }
            let again = try await cluster.http("POST", path, body)
            if again.body != first.body { log.complaints.append("another answer under the same ID: \(path)") }
            return try await load.violations(log).found
        }

        /// I6: messages, replies and ends of sessions, as in the tests of faults.
        private static func ordinaryLoad(_ cluster: Cluster) async throws -> [String] {
            let load = Load(cluster, shops: [shop])
            try await load.prepare()
            let log = try await load.during { await load.more(8) }
            return try await load.violations(log).found
        }

        /// I6: buyers who arrive in one read, more than the capacity of the only agent.
        private static func twoAtOnce(_ cluster: Cluster) async throws -> [String] {
            let load = Load(cluster, shops: [shop])
            try await load.prepare()
            for agent in ["ann", "ben"] {
                _ = try await cluster.http(
                    "POST", "/v1/shops/\(shop)/agents/\(agent)/presence", ["state": "offline"])
            }
            guard let path = try cluster.file().processes.first(where: { $0.role == "router" })?.socket else {
                throw HTTPFault(description: "no router")
            }
            let requests = (1...2).map { number in
                RouterRequest.command(
                    ShopCommand(
                        shop: ShopID(rawValue: shop), at: Timestamp(millis: 0),
                        stamp: CommandStamp(id: CommandID(rawValue: "at-once-\(number)"), fingerprint: 1),
                        command: .receiveMessage(
                            ReceiveMessage(
                                buyer: BuyerID(rawValue: "b\(number)"), message: MessageID(rawValue: "m\(number)"),
                                text: "both at once"))))
            }
            _ = try RouterSocket(path).ask(requests)
            return try await load.violations(ClientLog()).found
        }

        /// I4: another process holds the shard for a moment, which the router does not hear of.
        private static func holderThatWasReplaced(_ cluster: Cluster) async throws -> [String] {
            let load = Load(cluster, shops: [shop])
            try await load.prepare()
            let engine = try SQLiteEngine(directory: cluster.data, shards: nil)
            let shard = ShardMap.shard(of: ShopID(rawValue: shop), shards: engine.shardCount)
            // As an operator would who takes a lock's file for a leftover.
            try FileManager.default.removeItem(atPath: "\(cluster.data)/shards/shard-0\(shard).lock")
            let other = try engine.open(shard: shard, holder: "other")
            let begun = TermChecker.Beginning(term: other.term, after: other.durable)
            other.close()
            let log = try await load.during { await load.more(3) }
            let found = try await load.violations(log).found
            return found + TermChecker.violations(try TermChecker.rows(of: shard, in: cluster.data), [begun])
        }

        /// I8: the scorer is killed when the first transaction that holds a message is written and not yet synced.
        private static func scorerDiesInItsFirstCommit(_ cluster: Cluster) async throws -> [String] {
            let path = "/v1/shops/\(shop)"
            let begin = try await cluster.http("POST", "/v1/clock", ["now": "2022-03-14T10:00:00+08:00"])
            guard begin.status == 200 else { throw HTTPFault(description: begin.text) }
            let load = Load(cluster, shops: [shop])
            try await load.prepare()
            _ = try await cluster.http("POST", path + "/buyers/b1/messages", ["text": "?"])
            _ = try await cluster.http("POST", "/v1/clock", ["advance": 1])
            let former = try cluster.pid("scorer-1")
            let watch = try FileWatch(folder: cluster.data, name: "cluster.json")
            let calls = try await SystemCalls(
                of: former, in: cluster.folder,
                ["-e", "trace=fdatasync", "-e", "inject=fdatasync:signal=KILL:when=1"])
            _ = try await cluster.http("POST", path + "/buyers/b2/messages", ["text": "?"])
            while ((try? cluster.pid("scorer-1")) ?? former) == former { try await watch.next() }
            await calls.detach()
            _ = try await cluster.http("POST", "/v1/clock", ["advance": 86_400])
            let live = try await ScoreFigures.live(cluster, shop, "2022-03-14")
            let offline = try await ScoreFigures.offline(cluster, shop, "2022-03-14")
            let names = Set(live.keys).union(offline.keys).sorted()
            return names.filter { live[$0] != offline[$0] }
                .map { "\($0): \(live[$0] ?? -1), in the journal \(offline[$0] ?? -1)" }
        }
    }
#endif
