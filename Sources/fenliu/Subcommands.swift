import ArgumentParser

enum Subcommands {
    static let all: [any ParsableCommand.Type] = [
        Up.self, Scale.self, Status.self, Token.self, Demo.self, Play.self, Doctor.self, JournalCommand.self,
        Score.self,
        Bench.self, BenchEcho.self,
    ]
}
