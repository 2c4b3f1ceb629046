// What must be there before a day can be played: a manual clock at or before the day's start, the shop, its settings,
// groups, agents, buyers and orders. Buyers and orders go over several connections; nothing depends on their order.

import Domain
import IngressService

public struct DaySetup: Sendable {
    private let day: DayFile
    private let address: ShopAddress
    private let settings: PlaySettings

    public init(_ day: DayFile, at address: ShopAddress, settings: PlaySettings = .init()) {
        self.day = day
        self.address = address
        self.settings = settings
    }

    /// Returns the sections of the file's settings that the cluster does not know. Throws `.refused` when the clock is
    /// the system's or has passed the day's start.
    public func make() async throws -> [String] {
        let calls = ShopCalls(address, settings: settings)
        do {
            let unknown = try await make(calls)
            await calls.close()
            return unknown
        } catch {
            await calls.close()
            throw error
        }
    }

    private func make(_ calls: ShopCalls) async throws -> [String] {
        try await setClock(calls)
        let shop = day.shop.id.rawValue
        _ = try await calls.call(
            "PUT", ["shops", shop],
            .fields([
                ("name", .text(day.shop.name)), ("timeZone", .text(day.shop.timeZone)), ("toolLevel", .text("basic")),
            ]))
        let known = try await calls.call("GET", ["shops", shop, "settings"]).body
        let sections = day.shop.settings.filter { known[$0.name] != nil }
        if !sections.isEmpty { _ = try await calls.call("PUT", ["shops", shop, "settings"], .object(sections)) }
        for group in day.groups { _ = try await calls.call("PUT", ["shops", shop, "groups", group.id], group.body) }
        for agent in day.agents {
            _ = try await calls.call("PUT", ["shops", shop, "agents", agent.id.rawValue], agent.body)
        }
        try await put(day.buyers, as: "buyers")
        try await put(day.orders, as: "orders")
        return day.shop.settings.map(\.name).filter { known[$0] == nil }
    }

    private func setClock(_ calls: ShopCalls) async throws {
        let clock = try await calls.call("GET", ["clock"]).body
        guard clock["clock"]?.asText == "manual" else {
            throw ClusterFault(
                .refused,
                "the cluster runs by the system's clock; start one with `fenliu up --clock manual --empty` for a day")
        }
        guard let now = clock["now"]?.asText.flatMap(RFC3339.parse) else {
            throw ClusterFault(.refused, "the answer about the clock is not understood")
        }
        guard now <= day.shop.start else {
            throw ClusterFault(
                .refused,
                "the cluster's clock stands at \(now), after the day's start \(day.shop.start), and never runs backwards;"
                    + " start a cluster on a new data directory")
        }
        _ = try await calls.call("POST", ["clock"], .fields([("now", .text(RFC3339.text(day.shop.start)))]))
    }

    private func put(_ entries: [DayFile.Entry], as kind: String) async throws {
        let count = min(max(1, settings.connections), 64)
        let (shop, address, settings) = (day.shop.id.rawValue, address, settings)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for first in 0..<count {
                group.addTask {
                    let calls = ShopCalls(address, settings: settings)
                    do {
                        for index in stride(from: first, to: entries.count, by: count) {
                            let entry = entries[index]
                            _ = try await calls.call("PUT", ["shops", shop, kind, entry.id], entry.body)
                        }
                    } catch {
                        await calls.close()
                        throw error
                    }
                    await calls.close()
                }
            }
            try await group.waitForAll()
        }
    }
}
