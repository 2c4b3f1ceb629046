#if PLANTED_BUGS
    import Testing
    import Wire

    @testable import Runtime

    /// The others are planted in whole processes (ProcessTests).
    @Suite(.timeLimit(.minutes(1))) struct PlantedBugTests {
        @Test("a cache that lets go of nobody is found by the bound that the ordinary test checks")
        func cacheWithoutBoundIsFound() async throws {
            var settings = CheckpointTests.tight
            settings.planted = .cacheWithoutBound
            try await RuntimeRig.with(settings) { rig in
                let router = await rig.holder()
                #expect(await CheckpointTests.residentAfterTwenty(router, rig) == 20)
                await router.stop()
            }
        }
    }
#endif
