import Foundation

/// The integers of a card by name, and each account's: as the scorer has them, and as the journal gives them (I8).
enum ScoreFigures {
    static func offline(
        _ cluster: Cluster, _ shop: String, _ day: String, _ definition: String = "taobao-deals-2022"
    ) async throws -> [String: Int] {
        let run = try await cluster.fenliu("score", "--shop", shop, "--day", day, "--definition", definition, "--json")
        guard run.status == 0 else { throw HTTPFault(description: run.errors) }
        let object = try JSONSerialization.jsonObject(with: Data(run.output.utf8))
        return figures(object as? [String: any Sendable] ?? [:])
    }

    static func live(
        _ cluster: Cluster, _ shop: String, _ day: String, _ definition: String = "taobao-deals-2022"
    ) async throws -> [String: Int] {
        let answer = try await cluster.http("GET", "/v1/shops/\(shop)/scorecards/\(day)?definition=\(definition)")
        guard answer.status == 200 else { throw HTTPFault(description: answer.text) }
        return figures(answer.json)
    }

    private static func figures(_ json: [String: any Sendable]) -> [String: Int] {
        var figures: [String: Int] = [:]
        for name in ["numerator", "denominator", "servedByBot", "missed", "waiting", "canMiss"] {
            figures[name] = json[name] as? Int
        }
        for account in json["agents"] as? [[String: any Sendable]] ?? [] {
            let name = account["account"] as? String ?? "?"
            figures["\(name) of"] = account["denominator"] as? Int
            figures[name] = account["numerator"] as? Int
        }
        return figures
    }
}
