// The shop, its settings, its board, and the import of its archive.

import Domain
import HTTPTypes
import Hummingbird

extension Routes {
    static let shops: [Route] = [
        Route(.get, "/v1/shops/{shop}", .merchant, .read) { call in
            guard case .shop(let view) = try await call.ask(.shop) else { throw Problem.internalFault }
            return .json { json in
                json.shop(view.id, view.shop)
                json.field("settingsVersion", view.settingsVersion)
            }
        },
        Route(.put, "/v1/shops/{shop}", .operatorOnly, .reply) { call in
            let id = try call.shop()
            let faults = FaultList()
            var fields = Fields(try await call.json(), faults: faults)
            let shop = SetShop(&fields)
            try faults.check()
            guard let shop else { throw Problem.internalFault }
            let answer = try await call.give(.setShop(shop), stamp: call.freshStamp())
            return .json { json in
                json.shop(id, shop)
                json.field("changed", answer.changed)
            }
        },
        Route(.get, "/v1/shops/{shop}/settings", .merchant, .read) { call in
            guard case .settings(let settings) = try await call.ask(.settings) else { throw Problem.internalFault }
            return .settings(settings)
        },
        Route(.put, "/v1/shops/{shop}/settings", .merchant, .reply) { call in
            _ = try call.shop()
            let faults = FaultList()
            var fields = Fields(try await call.json(), faults: faults)
            var change = SetSettings(&fields)
            if call.principal?.role == .operator { change.asOperator = true }
            try faults.check()
            if let condition = call.headers[.ifMatch], condition != "*" {
                change.ifVersion = SettingsTag.version(condition) ?? -1
            }
            _ = try await call.give(.setSettings(change), stamp: call.freshStamp())
            guard case .settings(let settings) = try await call.ask(.settings) else { throw Problem.internalFault }
            return .settings(settings)
        },
        Route(.get, "/v1/shops/{shop}/board", .merchant, .read) { call in
            guard case .board(let view) = try await call.ask(.board) else { throw Problem.internalFault }
            return .json { $0.board(view) }
        },
        Route(.post, "/v1/shops/{shop}/import", .merchant, .bulk) { call in
            _ = try call.shop()
            return try await Importer(call: call).run()
        },
    ]
}

/// The `ETag` of settings: their version in quotes.
enum SettingsTag {
    static func text(_ version: Int) -> String { "\"\(version)\"" }

    static func version(_ text: String) -> Int? {
        guard text.count > 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return nil }
        return Int(text.dropFirst().dropLast())
    }
}

extension Reply {
    fileprivate static func settings(_ settings: ShopSettings) -> Reply {
        var reply = Reply.json { $0.settings(settings) }
        reply.headers[.eTag] = SettingsTag.text(settings.version)
        return reply
    }
}
