import Testing

@testable import Domain

@Suite("DIV-4 groups and order states")
struct GroupTests {
    @Test("DIV-4: 甲 bound to three states, 乙 to none: of 60 and 40 buyers 甲 gets 80 and 乙 20")
    func example() throws {
        var rig = try DeskRig()
        try rig.group("甲", states: [.noActiveOrder, .unshipped, .shipped])
        try rig.group("乙")
        try rig.agent("x", groups: ["甲"])
        try rig.agent("y", groups: ["乙"])
        let bound: [OrderState?] = [nil, .unshipped, .shipped]
        let free: [OrderState] = [.unpaid, .partlyShipped, .refunding, .completed]
        var got: [AgentID: Int] = [:]
        for number in 0..<100 {
            let buyer = BuyerID(rawValue: "b\(number)")
            let state = number < 60 ? bound[number % 3] : free[number % 4]
            if let state { try rig.order(OrderID(rawValue: "o\(number)"), of: buyer, state) }
            let answer = try rig.consult(buyer)
            #expect(answer.rule == (number < 60 ? .groupState : .unboundState))
            if let agent = answer.handler?.agent { got[agent, default: 0] += 1 }
        }
        #expect(got == ["x": 80, "y": 20])
    }

    @Test("DIV-4: product beats state, whether the buyer writes from its page or about an order that holds it")
    func product() throws {
        var rig = try DeskRig()
        try rig.group("states", states: [.unpaid])
        try rig.group("goods", products: ["lamp"])
        try rig.agent("s", groups: ["states"])
        try rig.agent("g", groups: ["goods"])
        try rig.order("o", of: "b", .unpaid, items: ["rug", "lamp"])
        #expect(try rig.consult("b").handler == .agent("s"))
        rig.wait(.hours(100))
        let page = try rig.hear("c", item: "lamp")
        #expect(page.handler == .agent("g"))
        #expect(page.rule == .groupState)
        #expect(try rig.hear("b", order: "o").handler == .agent("g"))
    }

    @Test("DIV-4: two groups bound to one state share its buyers")
    func twoGroups() throws {
        var rig = try DeskRig()
        try rig.group("g1", states: [.noActiveOrder])
        try rig.group("g2", states: [.noActiveOrder])
        try rig.group("g3")
        try rig.agent("a", weight: 30, groups: ["g1"])
        try rig.agent("b", weight: 10, groups: ["g2"])
        try rig.agent("c", groups: ["g3"])
        #expect(try rig.spread(40) == ["a": 30, "b": 10])
    }

    @Test("DIV-4: an agent in several groups takes part in each")
    func severalGroups() throws {
        var rig = try DeskRig()
        try rig.group("g1", states: [.unpaid])
        try rig.group("g2", states: [.shipped])
        try rig.agent("a", groups: ["g1", "g2"])
        try rig.order("o1", of: "b1", .unpaid)
        try rig.order("o2", of: "b2", .shipped)
        #expect(try rig.hear("b1").handler == .agent("a"))
        #expect(try rig.hear("b2").handler == .agent("a"))
    }

    @Test("DIV-4 unboundPick: agents pools all by weight; groups takes one group in turn, empty ones left out")
    func unboundPick() throws {
        var rig = try DeskRig()
        for group in ["g1", "g2", "g3"] as [GroupID] { try rig.group(group) }
        try rig.agent("a", weight: 10, groups: ["g1"])
        try rig.agent("b", weight: 10, groups: ["g1"])
        try rig.agent("c", weight: 40, groups: ["g2"])
        try rig.agent("away", groups: ["g3"], .offline)
        #expect(try rig.spread(60, prefix: "x") == ["a": 10, "b": 10, "c": 40])
        try rig.settings { $0.diversion.unboundPick = .groups }
        #expect(try rig.spread(60, prefix: "y") == ["a": 15, "b": 15, "c": 30])
    }

    @Test("DIV-4: nobody online in the bound group: the groups bound to nothing, then anybody")
    func fallbacks() throws {
        var rig = try DeskRig()
        try rig.group("bound", states: [.noActiveOrder])
        try rig.group("other", states: [.refunding])
        try rig.group("free")
        try rig.agent("b", groups: ["bound"], .offline)
        try rig.agent("o", weight: 1_000, groups: ["other"])
        try rig.agent("f", weight: 1, groups: ["free"])
        let first = try rig.consult("x1")
        #expect(first.handler == .agent("f"))
        #expect(first.rule == .fallbackAnyone)
        try rig.presence("f", .suspended)
        let second = try rig.consult("x2")
        #expect(second.handler == .agent("o"))
        #expect(second.rule == .fallbackAnyone)
    }

    @Test("DIV-4: an agent in no group gets a new buyer only when nobody in a group can")
    func noGroup() throws {
        var rig = try DeskRig()
        try rig.group("g")
        try rig.agent("in", weight: 1, groups: ["g"])
        try rig.agent("out", weight: 1_000)
        #expect(try rig.spread(10, prefix: "x") == ["in": 10])
        try rig.presence("in", .offline)
        #expect(try rig.spread(10, prefix: "y") == ["out": 10])
    }

    @Test("DIV-4: where there are no groups at all, every agent shares and the rule is the unbound state")
    func noGroups() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        #expect(try rig.hear("b").rule == .unboundState)
    }

    @Test("DIV-4: the state is that of the most recently updated order that is not completed")
    func orderState() throws {
        var rig = try DeskRig()
        func state() -> OrderState? { rig.desk.buyerView("b")?.orderState }
        try rig.member("b", level: 0)
        try rig.member("b", level: 1)
        #expect(state() == .noActiveOrder)
        try rig.order("o1", of: "b", .unpaid)
        rig.wait(.minutes(1))
        try rig.order("o2", of: "b", .shipped)
        #expect(state() == .shipped)
        rig.wait(.minutes(1))
        try rig.order("o1", of: "b", .refunding)
        #expect(state() == .refunding)
        rig.wait(.minutes(1))
        try rig.order("o1", of: "b", .completed)
        #expect(state() == .shipped)
    }

    @Test("DIV-4: completed for 15 days after the last completion, then no active order")
    func completed() throws {
        var rig = try DeskRig()
        try rig.order("o1", of: "b", .completed)
        rig.wait(.days(15))
        #expect(rig.desk.buyerView("b")?.orderState == .completed)
        rig.wait(millis: 1)
        #expect(rig.desk.buyerView("b")?.orderState == .noActiveOrder)
    }

    @Test("DIV-4: an order's older state, brought late, changes nothing")
    func late() throws {
        var rig = try DeskRig()
        try rig.order("o", of: "b", .shipped)
        let before = rig.records.count
        try rig.give(
            .setOrder(SetOrder(order: "o", buyer: "b", state: .unpaid, updatedAt: rig.now - .minutes(1))))
        #expect(rig.records.count == before)
        #expect(rig.desk.buyerView("b")?.orderState == .shipped)
    }

    @Test("DIV-4: an agent's groups must exist; a removed group leaves its agents")
    func groupsMustExist() throws {
        var rig = try DeskRig()
        #expect(rig.refusal(.setAgent(SetAgent(agent: "a", groups: ["g"]))) == .unknownGroup("g"))
        try rig.group("g", states: [.noActiveOrder])
        try rig.group("h")
        try rig.agent("a", groups: ["g"])
        try rig.agent("c", groups: ["h"])
        #expect(try rig.consult("b1").rule == .groupState)
        try rig.give(.removeGroup(RemoveGroup(group: "g")))
        let after = try rig.consult("b2")
        #expect(after.rule == .unboundState)
        #expect(after.handler == .agent("c"))
    }
}
