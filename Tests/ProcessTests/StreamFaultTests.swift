import Foundation
import Testing

extension WholeCluster {
    @Suite struct StreamFaultTests {
        private func prepare(_ cluster: Cluster) async throws {
            for (method, path, body) in [
                ("PUT", "/v1/shops/north", ["name": "north"]), ("PUT", "/v1/shops/north/agents/a", [:]),
                ("POST", "/v1/shops/north/agents/a/presence", ["state": "online"]),
            ] {
                let answer = try await cluster.http(method, path, body)
                #expect((200..<300).contains(answer.status), "\(answer.text)")
            }
        }

        /// Writes until it is acknowledged, always under the same ID.
        private func say(_ cluster: Cluster, _ buyer: Int, _ number: Int, _ text: String) async throws {
            for _ in 1...200 {
                let news = try FileWatch(folder: cluster.data, name: "cluster.json")
                let body = ["id": "m-\(buyer)-\(number)", "text": text]
                let path = "/v1/shops/north/buyers/b\(buyer)/messages"
                if let answer = try? await cluster.http("POST", path, body), answer.status < 500 {
                    #expect(answer.status == 201, "\(answer.text)")
                    return
                }
                try? await news.next(limitSeconds: 1)
            }
            throw HTTPFault(description: "message \(number) of buyer \(buyer) found no way")
        }

        /// IDs rise, and each event names the ID that the stream told before it.
        private func expectChain(_ events: [EventReader.Event]) {
            for (former, event) in zip(events, events.dropFirst()) {
                #expect(former.id < event.id)
                #expect(event.previousOfShop == former.id)
            }
        }

        @Test("a stream that goes on from its last ID shows every acknowledged message once and in order, whoever dies")
        func streamResumesOverKilledRouters() async throws {
            var options = ClusterOptions(routers: 3)
            options.shards = 8
            try await withCluster(options) { cluster in
                try await prepare(cluster)
                let reader = EventReader(cluster, shop: "north")
                reader.start()
                defer { reader.stop() }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for buyer in 1...4 {
                        group.addTask {
                            for number in 1...50 { try await say(cluster, buyer, number, "hello \(number)") }
                        }
                    }
                    group.addTask {
                        for round in 1...3 {
                            let seen = round * 40
                            await reader.until { events in events.count { $0.message != nil } >= seen }
                            let routers = try ["router-1", "router-2", "router-3"].map { try cluster.pid($0) }
                            for pid in routers { Glibc.kill(pid, SIGKILL) }
                            // Once by itself, once because the ingress is gone too.
                            if round == 1 { reader.drop() }
                            if round == 2 { try cluster.kill("ingress-1") }
                        }
                    }
                    try await group.waitForAll()
                }
                await reader.until { events in Set(events.compactMap(\.message)).count >= 200 }
                let events = reader.events
                #expect(!events.contains { $0.name == "reset" })
                expectChain(events)
                let messages = events.compactMap(\.message)
                #expect(messages.count == 200)
                for buyer in 1...4 {
                    #expect(
                        messages.filter { $0.hasPrefix("m-\(buyer)-") } == (1...50).map { "m-\(buyer)-\($0)" })
                }
                #expect(reader.connections >= 3)
            }
        }

        @Test("I11: a reader who stops reading is cut off, slows nobody, and goes on where it was without a gap")
        func stoppedReaderIsCutOffAndResumes() async throws {
            var options = ClusterOptions()
            options.shards = 4
            options.upArguments = ["--stream-backlog-seconds", "1", "--stream-backlog-bytes", "65536"]
            try await withCluster(options) { cluster in
                try await prepare(cluster)
                let reader = EventReader(cluster, shop: "north")
                reader.start()
                defer { reader.stop() }
                try await say(cluster, 1, 1, "first")
                await reader.until { events in events.contains { $0.message == "m-1-1" } }
                reader.pause()
                // What the system's buffers take is a few megabytes; then the bytes begin to wait.
                let text = String(repeating: "x", count: 8_000)
                var number = 1
                while try await cut(cluster) == 0 {
                    try #require(number < 5_000, "nobody was cut off")
                    let numbers = number + 1...number + 200
                    number += 200
                    let lines = numbers.map { number in
                        #"{"kind":"message","id":"m-1-\#(number)","buyer":"b1","at":"2020-01-01T00:00:00Z","text":"\#(text)"}"#
                    }
                    let file = try cluster.file()
                    let answer = try await TestHTTP.send(
                        "POST", file.url + "/v1/shops/north/import", token: file.operatorToken,
                        body: Array(lines.joined(separator: "\n").utf8))
                    #expect(answer.status == 200)
                }
                let last = number
                #expect(reader.connections == 1)
                reader.resume()
                await reader.until { events in events.last?.message == "m-1-\(last)" }
                #expect(reader.connections >= 2)
                expectChain(reader.events)
                #expect(reader.events.compactMap(\.message) == (1...last).map { "m-1-\($0)" })
            }
        }

        private func cut(_ cluster: Cluster) async throws -> Int {
            let metrics = try await cluster.http("GET", "/metrics").text
            let line = metrics.split(separator: "\n").first { $0.hasPrefix("fenliu_ingress_streams_cut_total ") }
            return try #require(line.flatMap { Int($0.split(separator: " ")[1]) })
        }
    }
}
