// DIV-7: when a bot goes before a human, and what the built-in bot says.

extension Roster {
    enum BotTurn {
        case never
        case always
        /// Hybrid: the counter says bot, or human; either way this decision moves it.
        case thisTime
        case notThisTime
    }

    func botGoesFirst(_ bot: BotSettings, _ owner: BotOwner) -> BotTurn {
        switch bot.mode {
        case .off, .humanFirst: return .never
        case .botFirst: return .always
        case .hybrid:
            let credit = hybrids.first { $0.owner == owner }?.credit ?? 0
            return credit + bot.percent >= 100 ? .thisTime : .notThisTime
        }
    }

    /// Moves the counter of a hybrid bot by one decision: of any hundred, exactly `percent` go to the bot.
    mutating func countHybrid(_ owner: BotOwner) {
        let percent: Int
        switch owner {
        case .shop: percent = settings.bot.percent
        case .group(let id): percent = group(id)?.bot?.percent ?? 0
        }
        let index: Int
        if let found = hybrids.firstIndex(where: { $0.owner == owner }) {
            index = found
        } else {
            hybrids.append(HybridCounter(owner: owner, credit: 0))
            index = hybrids.count - 1
        }
        hybrids[index].credit = (hybrids[index].credit + percent) % 100
    }

    /// The settings of the bot that has a session; nil if there is none any more.
    func bot(of group: GroupID?) -> BotSettings? {
        guard let group else { return settings.bot.mode == .off ? nil : settings.bot }
        guard let bot = self.group(group)?.bot, bot.mode != .off else { return nil }
        return bot
    }
}

/// What the built-in bot makes of a message.
enum BotReply: Equatable {
    case answer(String)
    case noAnswer
    case asksForHuman
}

extension BotSettings {
    func reply(to text: String) -> BotReply {
        let asked = text.lowercased()
        let bare = asked.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        if humanWords.contains(where: { $0.lowercased() == bare }) { return .asksForHuman }
        for entry in answers {
            for question in entry.questions where contains(asked, question.lowercased()) {
                return .answer(entry.answer)
            }
        }
        return .noAnswer
    }

    private func contains(_ text: String, _ part: String) -> Bool {
        let text = Array(text.utf8)
        let part = Array(part.utf8)
        guard !part.isEmpty, text.count >= part.count else { return false }
        return (0...(text.count - part.count)).contains { start in
            text[start..<(start + part.count)].elementsEqual(part)
        }
    }
}
