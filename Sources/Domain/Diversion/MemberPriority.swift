// MEM-1: who skips the bot.

extension MemberPrioritySettings {
    func includes(level: Int, segments held: [String]) -> Bool {
        guard enabled else { return false }
        return level >= minLevel || segments.contains { held.contains($0) }
    }
}
