import JournalConformance
import Testing

@Suite struct SQLiteConformanceTests {
    @Test(arguments: StoreConformance.claims)
    func sqliteKeepsTheClaim(_ claim: StoreClaim) throws {
        let rig = try SQLiteRig()
        try claim.check(rig.storeRig)
    }
}
