import Domain

extension SetAgent {
    /// `{name, weight, groups: [], capacity?}`
    init(_ fields: inout Fields, agent: AgentID) {
        self.init(
            agent: agent,
            name: fields.text("name", bytes: BodyBounds.name) ?? "",
            weight: fields.integer("weight", 0...1_000) ?? 100,
            groups: fields.identifiers("groups", atMost: BodyBounds.list) ?? [],
            capacity: fields.integer("capacity", 1...100_000))
        fields.finish()
    }
}

extension SetGroup {
    /// `{name, orderStates: [], products: [], bot?}`
    init(_ fields: inout Fields, group: GroupID) {
        let faults = fields.faults
        self.init(group: group, name: fields.text("name", bytes: BodyBounds.name) ?? "")
        let states: [OrderState] =
            fields.list("orderStates", atMost: OrderState.allCases.count)?
            .compactMap { Fields.named($0.value, at: $0.pointer, faults) } ?? []
        orderStates = OrderState.allCases.filter { states.contains($0) }
        products = fields.identifiers("products", atMost: BodyBounds.list) ?? []
        if var part = fields.object("bot") {
            let settings = BotSettings(&part)
            for fault in settings.faults() { faults.add(part.pointer + fault.pointer, fault.detail) }
            bot = settings
        }
        fields.finish()
    }
}

extension SetBuyer {
    /// `{memberLevel, segments: [], exclusiveAgent?, relation?: {since}, updatedAt?}`
    init(_ fields: inout Fields, buyer: BuyerID, now: Timestamp) {
        self.init(
            buyer: buyer,
            memberLevel: fields.integer("memberLevel", 0...100) ?? 0,
            segments: fields.texts("segments", bytes: BodyBounds.segment, atMost: BodyBounds.list) ?? [],
            exclusiveAgent: fields.identifier("exclusiveAgent"))
        if var relation = fields.object("relation") {
            relation.needs("since")
            relationSince = relation.time("since", notAfter: now)
            relation.finish()
        }
        updatedAt = fields.time("updatedAt", notAfter: now)
        fields.finish()
    }
}

extension SetOrder {
    /// `{buyer, state, updatedAt, packages: [{id, carrier}], items: [], total}`; nil if a field that is needed is
    /// missing or wrong.
    init?(_ fields: inout Fields, order: OrderID, now: Timestamp) {
        let faults = fields.faults
        fields.needs("buyer", "state", "updatedAt")
        let buyer: BuyerID? = fields.identifier("buyer")
        let state: OrderState? = fields.named("state")
        if state == .noActiveOrder { faults.add(fields.path("state"), "is no state of an order") }
        let updatedAt = fields.time("updatedAt", notAfter: now)
        let packages = fields.list("packages", atMost: BodyBounds.list)?.map { element in
            var part = Fields(element.value, at: element.pointer, faults: faults)
            part.needs("id", "carrier")
            let package = Package(
                id: part.text("id", bytes: 1...64) ?? "", carrier: part.text("carrier", bytes: 1...64) ?? "")
            part.finish()
            return package
        }
        let items = fields.identifiers("items", ItemID.self, atMost: BodyBounds.list)
        let total = fields.integer("total", 0...Int.max)
        fields.finish()
        guard let buyer, let state, let updatedAt else { return nil }
        self.init(
            order: order, buyer: buyer, state: state, updatedAt: updatedAt, packages: packages ?? [],
            items: items ?? [], total: total)
    }
}

extension RecordInterest {
    /// `{buyer, kind, item, at}`. The kind stands in `interest` where `kind` is taken (a line of an import).
    init?(_ fields: inout Fields, kindField: String = "kind", now: Timestamp) {
        fields.needs("buyer", kindField, "item", "at")
        let buyer: BuyerID? = fields.identifier("buyer")
        let kind: InterestKind? = fields.named(kindField)
        let item: ItemID? = fields.identifier("item")
        let at = fields.time("at", notAfter: now)
        fields.finish()
        guard let buyer, let kind, let item, let at else { return nil }
        self.init(buyer: buyer, kind: kind, item: item, at: at)
    }
}
