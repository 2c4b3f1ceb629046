// Commands that set up the shop: its settings, agents, groups. All are idempotent: what stands already changes nothing.

extension Desk {
    mutating func setShop(_ body: SetShop, _ turn: inout Turn) throws(Refusal) {
        guard body != roster.shop else { return }
        emit(.shopSet(ShopSet(shop: body)), &turn)
    }

    mutating func setSettings(_ body: SetSettings, _ turn: inout Turn) throws(Refusal) {
        var settings = roster.settings
        if let wanted = body.ifVersion, wanted != settings.version {
            throw .versionMismatch(current: settings.version)
        }
        if let diversion = body.diversion { settings.diversion = diversion }
        if let bot = body.bot { settings.bot = bot }
        if let memberPriority = body.memberPriority { settings.memberPriority = memberPriority }
        var faults = settings.faults()
        if body.memberPriority != nil, let standard = PilotStandard.find(roster.shop?.pilotStandard) {
            faults += standard.faults(settings.memberPriority)
        }
        if !faults.isEmpty { throw .invalid(faults) }
        guard settings != roster.settings else { return }
        settings.version += 1
        emit(.settingsChanged(SettingsChanged(settings: settings)), &turn)
    }

    mutating func setAgent(_ body: SetAgent, _ turn: inout Turn) throws(Refusal) {
        var check = RangeCheck()
        check.check(body.weight, 0...1_000, "weight")
        check.check(body.capacity, 1...100_000, "capacity")
        check.checkText(body.name, atMost: 256, "name")
        check.check(body.groups.count, 0...100, "groups")
        if !check.faults.isEmpty { throw .invalid(check.faults) }
        for group in body.groups where roster.group(group) == nil { throw .unknownGroup(group) }
        var set = body
        set.groups = Set(body.groups).sorted()
        if let slot = roster.slot(of: body.agent) {
            let agent = roster.agents[slot]
            let held = SetAgent(
                agent: agent.id, name: agent.name, weight: agent.weight, groups: agent.groups,
                capacity: agent.capacity)
            guard set != held else { return }
        } else if roster.agents.count >= limits.agents, roster.slots[body.agent] == nil {
            throw .limitReached(what: "agents")
        }
        emit(.agentSet(AgentSet(agent: set)), &turn)
    }

    mutating func removeAgent(_ body: RemoveAgent, _ turn: inout Turn) throws(Refusal) {
        guard roster.slot(of: body.agent) != nil else { throw .unknownAgent(body.agent) }
        emit(.agentRemoved(AgentRemoved(agent: body.agent)), &turn)
    }

    mutating func setGroup(_ body: SetGroup, _ turn: inout Turn) throws(Refusal) {
        var check = RangeCheck()
        check.checkText(body.name, atMost: 256, "name")
        check.check(body.products.count, 0...1_000, "products")
        check.faults += body.bot?.faults().map { $0.under("bot") } ?? []
        if !check.faults.isEmpty { throw .invalid(check.faults) }
        var set = body
        set.orderStates = OrderState.allCases.filter { body.orderStates.contains($0) }
        set.products = Set(body.products).sorted()
        if let held = roster.group(body.group) {
            guard set != held else { return }
        } else if roster.groups.count >= limits.groups {
            throw .limitReached(what: "groups")
        }
        emit(.groupSet(GroupSet(group: set)), &turn)
    }

    mutating func removeGroup(_ body: RemoveGroup, _ turn: inout Turn) throws(Refusal) {
        guard roster.group(body.group) != nil else { throw .unknownGroup(body.group) }
        emit(.groupRemoved(GroupRemoved(group: body.group)), &turn)
    }
}
