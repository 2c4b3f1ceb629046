// The demonstration shop: what `fenliu up` puts into an empty data directory, and `fenliu demo` makes again.
// Its commands are idempotent, so making it twice changes nothing but presences.

import Domain

public enum DemoShop {
    public static let shop = ShopID(rawValue: "demo")
    /// For a first look: an agent and a buyer to get tokens for.
    public static let agent = AgentID(rawValue: "xiaomei")
    public static let buyer = BuyerID(rawValue: "buyer-1")

    /// In the order in which they must be given. `now` stamps the orders.
    public static func commands(now: Timestamp) -> [Command] {
        var commands: [Command] = [
            .setShop(SetShop(name: "分流示范店", toolLevel: "intermediate")),
            .setSettings(settings),
            .setGroup(SetGroup(group: presale, name: "售前", orderStates: [.noActiveOrder, .unpaid])),
            .setGroup(
                SetGroup(group: aftersale, name: "售后", orderStates: [.partlyShipped, .shipped, .completed, .refunding])),
            .setAgent(SetAgent(agent: agent, name: "小美", weight: 100, groups: [presale], capacity: 20)),
            .setAgent(SetAgent(agent: AgentID(rawValue: "xiaolin"), name: "小林", weight: 100, groups: [presale])),
            .setAgent(SetAgent(agent: AgentID(rawValue: "ayong"), name: "阿勇", weight: 200, groups: [aftersale])),
            .setAgent(
                SetAgent(agent: AgentID(rawValue: "laowang"), name: "老王", weight: 50, groups: [presale, aftersale])),
            .setBuyer(SetBuyer(buyer: buyer, memberLevel: 0)),
            .setBuyer(SetBuyer(buyer: BuyerID(rawValue: "buyer-2"), memberLevel: 2, segments: ["regulars"])),
            .setBuyer(
                SetBuyer(
                    buyer: BuyerID(rawValue: "buyer-3"), memberLevel: 3,
                    exclusiveAgent: AgentID(rawValue: "xiaolin"), relationSince: now)),
            .setOrder(
                SetOrder(
                    order: OrderID(rawValue: "order-1"), buyer: BuyerID(rawValue: "buyer-2"), state: .shipped,
                    updatedAt: now, packages: [Package(id: "package-1", carrier: "yto")],
                    items: [ItemID(rawValue: "teapot")], total: 12_900)),
        ]
        for name in ["xiaomei", "xiaolin", "ayong", "laowang"] {
            commands.append(.setPresence(SetPresence(agent: AgentID(rawValue: name), state: .online)))
        }
        return commands
    }

    private static let presale = GroupID(rawValue: "presale")
    private static let aftersale = GroupID(rawValue: "aftersale")

    private static var settings: SetSettings {
        var bot = BotSettings(mode: .humanFirst)
        bot.answers = [
            BotAnswer(questions: ["包邮", "运费", "shipping"], answer: "满 49 元包邮，偏远地区除外。"),
            BotAnswer(questions: ["发票", "invoice"], answer: "下单时勾选“开具发票”即可，电子发票在发货后 24 小时内开出。"),
            BotAnswer(questions: ["几天到", "多久到", "arrive"], answer: "一般 2–4 天送达。"),
        ]
        return SetSettings(bot: bot, memberPriority: MemberPrioritySettings(enabled: true, minLevel: 1))
    }
}
