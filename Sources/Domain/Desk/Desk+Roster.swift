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
        if var scoring = body.scoring {
            scoring.penalties = scoring.penalties ?? settings.scoring.penalties
            let changed = (scoring.penalties ?? .init()) != (settings.scoring.penalties ?? .init())
            if changed, body.asOperator != true {
                throw .invalid([
                    FieldFault(pointer: "/scoring/penalties", detail: "is the platform's: only operators change it")
                ])
            }
            settings.scoring = scoring
        }
        var faults = settings.faults()
        let pilot = roster.shop?.pilotStandard
        if body.memberPriority != nil, let standard = limits.pilotStandards.first(where: { $0.name == pilot }) {
            faults += standard.faults(settings.memberPriority)
        }
        if !faults.isEmpty { throw .invalid(faults) }
        guard settings != roster.settings else { return }
        settings.version += 1
        emit(.settingsChanged(SettingsChanged(settings: settings)), &turn)
    }

    /// The same place in the shop's history again, or an earlier one, changes nothing. Refused with `versionMismatch`
    /// while the days that it speaks of are not over, or the desk has events that it does not speak of.
    mutating func noteRestrictions(_ body: NoteRestrictions, _ turn: inout Turn) throws(Refusal) {
        if let held = roster.restrictionsAt, body.at <= held { return }
        guard now >= body.notBefore, body.head == nil || body.head == head else {
            throw .versionMismatch(current: Int(clamping: head))
        }
        for escalation in body.raised {
            emit(.escalationRaised(EscalationRaised(at: body.at, escalation: escalation)), &turn)
        }
        guard body.restrictions != roster.restrictions else { return }
        emit(
            .restrictionsChanged(
                RestrictionsChanged(at: body.at, from: roster.restrictions, to: body.restrictions)), &turn)
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
