import Domain
import Foundation
import RouterService
import Testing

@Suite struct PilotStandardsTests {
    private func read(_ text: String?) throws -> [PilotStandard]? {
        let rig = try BookRig()
        if let text {
            try Data(text.utf8).write(to: URL(fileURLWithPath: rig.folder + "/" + PilotStandardsFile.name))
        }
        return try PilotStandardsFile.read(rig.folder)
    }

    @Test func mem2ThePlatformsTableIsReadFromItsFile() throws {
        #expect(try read(nil) == nil)
        #expect(
            try read(#"[{"name": "toys", "memberPriorityLevel": 4}, {"name": "books"}]"#) == [
                PilotStandard(name: "toys", memberPriorityLevel: 4),
                PilotStandard(name: "books", memberPriorityLevel: nil),
            ])
    }

    @Test(arguments: [
        ("{}", "must be a list"), (#"[{"name": ""}]"#, "/0/name"),
        (#"[{"name": "a"}, {"name": "b", "memberPriorityLevel": 0}]"#, "/1/memberPriorityLevel"),
        (#"[{"name": "a"}, {"name": "a"}]"#, "names must differ"),
    ])
    func mem2AWrongTableIsRefusedWithItsFileAndKey(_ text: String, _ reason: String) throws {
        do {
            _ = try read(text)
            Issue.record("\(text) was taken")
        } catch let fault as PilotStandardsFile.Fault {
            #expect(fault.description.contains(PilotStandardsFile.name))
            #expect(fault.description.contains(reason))
        }
    }

    @Test func mem2AStandardOfThePlatformIsKept() throws {
        var limits = DeskLimits()
        limits.pilotStandards = [PilotStandard(name: "toys", memberPriorityLevel: 2)]
        var desk = Desk(id: ShopID(rawValue: "s"), limits: limits)
        var next: UInt64 = 1
        var out: [EventRecord] = []
        func give(_ command: Command) -> Bool {
            (try? desk.handle(command, at: Timestamp(millis: 1), next: &next, into: &out)) != nil
        }
        #expect(give(.setShop(SetShop(name: "s", pilotStandard: "toys"))))
        let low = SetSettings(memberPriority: MemberPrioritySettings(enabled: true, minLevel: 2))
        let high = SetSettings(memberPriority: MemberPrioritySettings(enabled: true, minLevel: 3))
        #expect(!give(.setSettings(high)))
        #expect(give(.setSettings(low)))
        // One that ships is none of this platform's.
        #expect(give(.setShop(SetShop(name: "s", pilotStandard: "apparel-2022"))))
        #expect(give(.setSettings(high)))
    }
}
