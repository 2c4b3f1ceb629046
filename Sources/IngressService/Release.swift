/// The release, as `/version` and `fenliu --version` say it. The protocols have versions of their own.
public enum Release {
    public static let version = "0.1.0"
}
