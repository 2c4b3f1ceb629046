import ArgumentParser
import ClusterKit
import Domain
import Foundation
import IngressService

struct Token: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Prints a token for the HTTP interface.")

    @OptionGroup var data: DataOption

    @Option(help: "operator, merchant, agent, bot, courier or buyer.")
    var role: String

    @Option(help: "The shop, for every role but operator and courier.")
    var shop: String?

    @Option(help: "The agent, for the role agent.")
    var agent: String?

    @Option(help: "The buyer, for the role buyer.")
    var buyer: String?

    @Option(help: ArgumentHelp("Days until it expires; without it, never.", valueName: "n"))
    var days: Int?

    func validate() throws {
        guard let role = TokenRole(rawValue: role) else {
            throw ValidationError("--role must be one of \(TokenRole.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let needsShop = [.merchant, .agent, .bot, .buyer].contains(role)
        if needsShop, shop == nil { throw ValidationError("--shop is needed for the role \(role.rawValue)") }
        if role == .agent, agent == nil { throw ValidationError("--agent is needed for the role agent") }
        if role == .buyer, buyer == nil { throw ValidationError("--buyer is needed for the role buyer") }
        if let days, !(1...36_500).contains(days) { throw ValidationError("--days must be 1…36500") }
    }

    func run() async throws {
        guard let role = TokenRole(rawValue: role) else { throw ClusterFault(.usage, "--role \(role)") }
        let directory: DataDirectory
        do throws(ClusterFault) {
            directory = try data.existing
        } catch {
            throw ClusterFault(.data, "\(error.message); \(Self.advice)")
        }
        guard !directory.isFresh else {
            throw ClusterFault(.data, "--data \(directory.path): no cluster was ever started here; \(Self.advice)")
        }
        let mint = TokenMint(secret: try TokenSecret(bytes: try directory.secret()))
        print(
            try await mint.mint(
                role: role, shop: try id(shop, "--shop"), agent: try id(agent, "--agent"),
                buyer: try id(buyer, "--buyer"),
                expires: days.map { Date(timeIntervalSinceNow: Double($0) * 86_400) }))
    }

    private static let advice = "start one with `fenliu up`, or give its directory with --data"

    private func id<ID: Identifier>(_ text: String?, _ option: String) throws(ClusterFault) -> ID? {
        guard let text else { return nil }
        do throws(IdentifierFault) {
            return try ID(checking: text)
        } catch {
            throw ClusterFault(.usage, "\(option): an identifier has 1–64 bytes and no control characters")
        }
    }
}
