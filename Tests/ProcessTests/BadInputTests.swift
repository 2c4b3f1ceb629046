import ClusterKit
import Foundation
import Testing

extension WholeCluster {
    @Suite struct BadInputTests {
        private struct Case {
            var name: String
            var method: String
            var path: String
            var body: [UInt8]
            var token: String?
            var statuses: Set<Int>

            init(
                _ name: String, _ method: String, _ path: String, _ body: String, token: String? = nil,
                _ statuses: Set<Int>
            ) {
                self.name = name
                self.method = method
                self.path = path
                self.body = Array(body.utf8)
                self.token = token
                self.statuses = statuses
            }

            init(_ name: String, _ path: String, _ body: String, token: String? = nil, _ statuses: Set<Int>) {
                self.init(name, "POST", path, body, token: token, statuses)
            }
        }

        @Test("bad input gets a clear problem document and changes nothing")
        func badInputChangesNothing() async throws {
            var options = ClusterOptions()
            options.empty = false
            try await withCluster(options) { cluster in
                let file = try cluster.file()
                let stranger = try await cluster.token("merchant", shop: "other")
                let shop = "/v1/shops/demo"
                let say = "\(shop)/buyers/b/messages"
                let long = String(repeating: "x", count: 65)
                var cases = [
                    Case("unknown shop", "/v1/shops/nowhere/buyers/b/messages", #"{"kind":"text","text":"x"}"#, [404]),
                    Case("unknown agent named", say, #"{"kind":"text","text":"x","toAgent":"nobody"}"#, [422]),
                    Case("unknown agent", "\(shop)/agents/nobody/presence", #"{"state":"online"}"#, [404]),
                    Case("unknown state", "\(shop)/agents/xiaomei/presence", #"{"state":"asleep"}"#, [422]),
                    Case("wrong type", say, #"{"kind":"text","text":7}"#, [422]),
                    Case("unknown field", say, #"{"kind":"text","text":"x","colour":"red"}"#, [422]),
                    Case("no text", say, #"{"kind":"text"}"#, [422]),
                    Case("ID too long", "\(shop)/buyers/\(long)/messages", #"{"kind":"text","text":"x"}"#, [404, 422]),
                    Case("message ID too long", say, #"{"kind":"text","text":"x","id":"\#(long)"}"#, [422]),
                    Case("NUL", say, #"{"kind":"text","text":"a\u0000b"}"#, [400, 422]),
                    Case("not JSON", say, "{", [400]),
                    Case("time in the future", say, #"{"kind":"text","text":"x","at":"2999-01-01T00:00:00Z"}"#, [422]),
                    Case("weight", "PUT", "\(shop)/agents/xiaomei", #"{"name":"x","weight":1001}"#, [422]),
                    Case("group", "PUT", "\(shop)/agents/xiaomei", #"{"name":"x","groups":["none"]}"#, [422]),
                    Case("another tenant", say, #"{"kind":"text","text":"x"}"#, token: stranger, [404]),
                    Case("no token at all", say, #"{"kind":"text","text":"x"}"#, token: "x", [401]),
                    Case("unknown route", "\(shop)/nothing", "{}", [404]),
                    Case("wrong method", "DELETE", say, "{}", [405]),
                ]
                var invalid = Case("invalid UTF-8", say, "", [400])
                invalid.body = Array(#"{"kind":"text","text":""#.utf8) + [0xc3, 0x28] + Array(#""}"#.utf8)
                cases.append(invalid)
                var large = Case("body over the limit", say, "", [413])
                large.body = Array(#"{"kind":"text","text":""#.utf8) + [UInt8](repeating: 0x78, count: 300_000)
                large.body += Array(#""}"#.utf8)
                cases.append(large)
                let before = try await cluster.fenliu("journal", "dump", "--json")
                for item in cases {
                    let answer = try await TestHTTP.send(
                        item.method, file.url + item.path, token: item.token ?? file.operatorToken, body: item.body)
                    #expect(item.statuses.contains(answer.status), "\(item.name): \(answer.status) \(answer.text)")
                    #expect(answer.headers["content-type"] == "application/problem+json", "\(item.name)")
                    #expect(answer.json["code"] is String, "\(item.name): \(answer.text)")
                    #expect(answer.json["status"] as? Int == answer.status, "\(item.name)")
                }
                let after = try await cluster.fenliu("journal", "dump", "--json")
                #expect(before.status == 0)
                #expect(after.output == before.output)
            }
        }
    }
}
