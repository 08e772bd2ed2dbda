import java.io.FileInputStream;
import java.io.InputStream;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Validates each file named on the command line against PDF/A-2b; prints a line for each demand that is not met. */
public class CheckArchive {
    public static void main(String[] files) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        for (String file : files) {
            try (InputStream in = new FileInputStream(file);
                 PDFAParser parser = Foundries.defaultInstance().createParser(in, PDFAFlavour.PDFA_2_B)) {
                ValidationResult result =
                    Foundries.defaultInstance().createValidator(PDFAFlavour.PDFA_2_B, false).validate(parser);
                for (TestAssertion found : result.getTestAssertions()) {
                    if (found.getStatus() == TestAssertion.Status.FAILED) {
                        System.out.println(file + ": " + found.getRuleId().getClause() + "-"
                            + found.getRuleId().getTestNumber() + " " + found.getMessage());
                    }
                }
                System.out.println(file + ": " + (result.isCompliant() ? "compliant" : "not compliant")
                    + ", " + result.getTotalAssertions() + " checks");
            }
        }
    }
}
