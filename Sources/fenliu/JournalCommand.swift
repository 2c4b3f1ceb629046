import ArgumentParser

struct JournalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "Shows what is in the journal.", subcommands: [JournalDump.self])
}
