package pulse.engines;

import jakarta.servlet.Filter;
import java.io.IOException;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.EventListener;

/** A process engine as a server. Operaton and Camunda 7 differ in package names alone, so nothing of them is named here. */
@SpringBootApplication
public class EngineServer {

  public static void main(String[] arguments) {
    if (Boolean.parseBoolean(System.getenv("STOP_AT_END_OF_INPUT"))) {
      Thread watch = new Thread(EngineServer::stopAtEndOfInput, "end-of-input");
      watch.setDaemon(true);
      watch.start();
    }
    SpringApplication.run(EngineServer.class, arguments);
  }

  /** Whoever started this holds the other end: however it ends, no engine is left behind. */
  private static void stopAtEndOfInput() {
    try {
      while (System.in.read() >= 0) {}
    } catch (IOException closed) {
      // the same as its end
    }
    System.exit(0);
  }

  /** The starters leave REST open to all; this asks for the login of a user of the engine. */
  @Bean
  FilterRegistrationBean<Filter> restLogin(
      @Value("${rest-login.required}") boolean required,
      @Value("${rest-login.filter}") Class<? extends Filter> filter,
      @Value("${rest-login.provider}") String provider) throws ReflectiveOperationException {
    var login = new FilterRegistrationBean<Filter>(filter.getConstructor().newInstance());
    login.addInitParameter("authentication-provider", provider);
    login.addUrlPatterns("/engine-rest/*");
    login.setEnabled(required);
    return login;
  }

  /** Tells whoever started this that requests are answered, and where if the port was 0. */
  @EventListener
  void ready(ApplicationReadyEvent event) {
    System.out.println("listening on " + event.getApplicationContext().getEnvironment().getProperty("local.server.port"));
  }
}
