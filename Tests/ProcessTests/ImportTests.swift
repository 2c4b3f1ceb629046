import Foundation
import Testing

extension WholeCluster {
    @Suite struct ImportTests {
        private func send(_ cluster: Cluster, _ lines: [String]) async throws -> [String: any Sendable] {
            let file = try cluster.file()
            let answer = try await TestHTTP.send(
                "POST", file.url + "/v1/shops/north/import", token: file.operatorToken,
                body: Array(lines.joined(separator: "\n").utf8))
            #expect(answer.status == 200, "\(answer.text)")
            return answer.json
        }

        private func changed(_ result: [String: any Sendable]) -> Int {
            let kinds = result["kinds"] as? [String: [String: any Sendable]] ?? [:]
            return kinds.values.reduce(0) { $0 + ($1["changed"] as? Int ?? -1_000) }
        }

        private func bad(_ result: [String: any Sendable]) -> [String] {
            (result["bad"] as? [[String: any Sendable]] ?? []).map { "\($0["line"] ?? "") \($0["code"] ?? "")" }
        }

        @Test("I9: a file that names things twice gives the same shop and the same bad lines however often it is sent")
        func secondRunChangesNothing() async throws {
            try await withCluster { cluster in
                #expect(try await cluster.http("PUT", "/v1/shops/north", ["name": "north"]).status == 200)
                let order = #""kind":"order","buyer":"b""#
                let message = #""kind":"message","buyer":"b","at":"2024-01-01T00:00:00Z""#
                let lines = [
                    #"{"kind":"buyer","buyer":"b","memberLevel":1}"#,
                    #"{"kind":"buyer","buyer":"b","memberLevel":2}"#,
                    #"{"kind":"buyer","buyer":"c","memberLevel":1,"updatedAt":"2024-01-01T00:00:00Z"}"#,
                    #"{"kind":"buyer","buyer":"c","memberLevel":2,"updatedAt":"2024-01-02T00:00:00Z"}"#,
                    "{\(order),\"order\":\"o\",\"state\":\"shipped\",\"updatedAt\":\"2024-01-01T00:00:00Z\"}",
                    "{\(order),\"order\":\"o\",\"state\":\"unpaid\",\"updatedAt\":\"2024-01-01T00:00:00Z\"}",
                    "{\(order),\"order\":\"o\",\"state\":\"shipped\",\"updatedAt\":\"2024-01-01T00:00:00Z\",\"total\":5}",
                    "{\(message),\"id\":\"m\",\"text\":\"one\"}", "{\(message),\"id\":\"m\",\"text\":\"two\"}",
                    "{\(message),\"id\":\"n\",\"text\":\"three\"}",
                ]
                let first = try await send(cluster, lines)
                #expect(changed(first) == 6)
                #expect(bad(first) == ["2 conflict", "7 conflict", "9 conflict"])
                for _ in 1...2 {
                    let again = try await send(cluster, lines)
                    #expect(changed(again) == 0)
                    #expect(bad(again) == bad(first))
                }
                // Also from the journal alone, and in another order.
                try await cluster.killAndAwaitSuccessor("router-1")
                let reversed = try await send(cluster, lines.reversed())
                #expect(changed(reversed) == 0)
                #expect(bad(reversed) == ["2 conflict", "4 conflict", "9 conflict"])
            }
        }

        @Test("I9: no two messages of a shop have one ID, whoever sends them")
        func idsOfMessagesAreTheShops() async throws {
            try await withCluster { cluster in
                #expect(try await cluster.http("PUT", "/v1/shops/north", ["name": "north"]).status == 200)
                let merchant = try await cluster.token("merchant", shop: "north")
                let buyer = try await cluster.token("buyer", shop: "north", buyer: "b")
                let path = "/v1/shops/north/buyers/b/messages"
                let first = try await cluster.http("POST", path, token: merchant, key: "k", ["text": "hi"])
                #expect(first.json["message"] as? String == "k")
                let taken = try await cluster.http("POST", path, token: buyer, ["id": "k", "text": "hi"])
                #expect(taken.status == 409)
                #expect(taken.json["code"] as? String == "commandReused")
                let own = try await cluster.http("POST", path, token: buyer, key: "k", ["text": "hi"])
                #expect(own.status == 201)
                #expect(own.json["message"] as? String != "k")
                let again = try await cluster.http("POST", path, token: buyer, key: "k", ["text": "hi"])
                #expect(again.body == own.body)
            }
        }

        @Test func tokenWithoutAClusterSaysWhatToDo() async throws {
            let command = try Command(["token", "--role", "operator", "--data", "/tmp/fenliu-no-such-directory"])
            #expect(await command.ended() != 0)
            let lines = command.errors.split(separator: "\n")
            #expect(lines.count == 1)
            #expect(lines[0].contains("/tmp/fenliu-no-such-directory"))
            #expect(lines[0].contains("`fenliu up`"))
            #expect(lines[0].contains("--data"))
        }
    }
}
