// DIV-4: which groups a buyer's state, or the product asked about, is bound to.

/// Where step 7 points.
struct Binding {
    /// Index of the lane to be shared out.
    var lane: Int
    var rule: Rule
    /// The place of the first of the bound groups that has a bot of its own.
    var botGroup: Int?
}

extension Roster {
    /// Product beats state; of several products the first that is bound; a state that no group is bound to goes to
    /// all groups.
    /// Mutating, though it changes nothing, so that no roster is copied.
    mutating func bind(_ question: Question) -> Binding {
        if let only = question.onlyGroup, let index = lane(.groups([only])) {
            return Binding(lane: index, rule: .transferred)
        }
        for item in question.items {
            if let index = laneOfItem[item] { return bound(index) }
        }
        let index = laneOfState[question.orderState.rawValue]
        if index >= 0 { return bound(index) }
        if settings.diversion.unboundPick == .groups, let turn = groupInTurn(), let lane = lane(.groups([turn])) {
            return Binding(lane: lane, rule: .unboundState)
        }
        return Binding(lane: Self.laneOfAll, rule: .unboundState)
    }

    private mutating func bound(_ index: Int) -> Binding {
        var binding = Binding(lane: index, rule: .groupState)
        if case .groups(let bound) = lanes[index].key {
            binding.botGroup = groups.firstIndex {
                guard let bot = $0.bot, bot.mode != .off else { return false }
                return bound.contains($0.group)
            }
        }
        return binding
    }

    /// `unboundPick: groups`: after the group that had the last turn, the next by ID with somebody able; nil if none.
    private func groupInTurn() -> GroupID? {
        let able = groups.map(\.group).filter { group in
            lane(.groups([group])).map { lanes[$0].able > 0 } ?? false
        }
        guard let last = lastTurn else { return able.first }
        return able.first { $0 > last } ?? able.first
    }
}
